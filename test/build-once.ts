import { execFileSync } from "node:child_process"

/** The journeys run the bundle as a process, as a user does: it is built once, before any test. */
export default (): void => {
  execFileSync("npm", ["run", "--silent", "build"], { cwd: new URL("..", import.meta.url).pathname, stdio: "inherit" })
}
