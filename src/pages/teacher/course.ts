import type { Course, Exports, Gradebook } from "../../service/http/contract/courses.ts"
import { type Asked, useAsked } from "../asking.ts"

/** Addresses of a course's part of the contract. */
export const ofCourse = (course: string, ...rest: ReadonlyArray<string>): string =>
  ["/api/courses", course, ...rest].map((word, index) => (index === 0 ? word : encodeURIComponent(word))).join("/")

export const useCourse = (course: string): Asked<Course> => useAsked<Course>(ofCourse(course))

export const useGradebook = (course: string, section: string): Asked<Gradebook> =>
  useAsked<Gradebook>(`${ofCourse(course, "items")}${section === "" ? "" : `?section=${encodeURIComponent(section)}`}`)

/** Asked again for as long as something is under way. */
export const useExports = (course: string): Asked<Exports> =>
  useAsked<Exports>(ofCourse(course, "exports"), null, ({ under_way }) =>
    under_way.some(({ state }) => state !== "ended")
  )
