/** View of what is wanted of an entity at the target: its kept rows, less those that a cascading role grants already. */
export const desiredView = (entity: string): string => `desired_${entity}`
