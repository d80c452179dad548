/** Variables for a .env file: line breaks of a key are written as \n inside double quotes. */
export const dotenvText = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}="${value.replaceAll("\n", "\\n")}"\n`)
    .join("")
