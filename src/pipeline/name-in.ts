/** The pipeline's name as a file gives it, found without reading the whole of it as YAML; empty where there is none. */
export const pipelineNameIn = (text: string): string => /^pipeline:\s*["']?([^"'#\s]+)/m.exec(text)?.[1] ?? ""
