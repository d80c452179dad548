/** A name as it is compared: people and tenants go by neither case nor outer spaces. */
export const foldName = (name: string): string => name.trim().toLowerCase()
