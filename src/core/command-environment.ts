/** Variables of the environment by which one process of rollbook tells another, which it starts, how it came to be. */

/** Set for a command that was handed over to the service already. */
export const withinService = "ROLLBOOK_WITHIN_SERVICE"

/** Set for a command that somebody asked for who is signed in: in whose name it goes is said by its words. */
export const signedIn = "ROLLBOOK_SIGNED_IN"
