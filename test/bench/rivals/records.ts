/** Records of the generated district as they come, with the fields that the entities of a night are made of. */
export interface Ref {
  readonly sourcedId: string
}
export interface User {
  readonly sourcedId: string
  readonly status: string
  readonly username: string
  readonly givenName: string
  readonly familyName: string
  readonly role: string
  readonly identifier: string
  readonly email: string
  readonly orgs: ReadonlyArray<Ref>
  readonly agents: ReadonlyArray<Ref>
}
export interface Course {
  readonly sourcedId: string
  readonly title: string
  readonly courseCode: string
}
export interface Class {
  readonly sourcedId: string
  readonly title: string
  readonly classCode: string
  readonly course: Ref
  readonly terms: ReadonlyArray<Ref>
}
export interface Enrollment {
  readonly sourcedId: string
  readonly status: string
  readonly user: Ref
  readonly class: Ref
  readonly role: string
}

/** The collections that the entities are made of; the others of a district are downloaded as well, and left. */
export interface Collections {
  readonly users: ReadonlyArray<User>
  readonly courses: ReadonlyArray<Course>
  readonly classes: ReadonlyArray<Class>
  readonly enrollments: ReadonlyArray<Enrollment>
}

export const isUsed = (name: string): name is keyof Collections =>
  name === "users" || name === "courses" || name === "classes" || name === "enrollments"

/** One night of a rival. `downloaded` hands over each page of each collection; `folder` is what it keeps from night to night. */
export interface Night {
  readonly folder: string
  readonly downloaded: (take: (name: string, bytes: Buffer) => Promise<void> | void) => Promise<void>
}

/** Lives through a night, keeps what it came to, and gives how many records differ from the night before. */
export type Rival = (night: Night) => Promise<number>
