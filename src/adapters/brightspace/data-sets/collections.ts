import type { ListedCollection } from "../../../core/ports/listings.ts"
import { type Sql, sql } from "../../../core/sql.ts"

/**
 * How the data sets tell of the collections of grade books: of scores alone. Of grade objects they know neither the
 * description nor whether students see them, of categories and items not what goes to the SIS, and of who is excused only
 * where there is a value; all that is asked for.
 */
export const listedCollection = (endpoint: string): ListedCollection | null =>
  endpoint === "/gradebook/values" ? values : null

type Table = (listing: string) => Sql

/** `decimal(19, 9)`. */
const decimals = 9

/** Types of grade objects that a list of items has: not final grades, and not categories, which stand among them here. */
const isItem = sql`"GradeObjectTypeId" BETWEEN 1 AND 6`

const liveItems = (table: Table): Sql =>
  sql`(SELECT * FROM ${table("Grade Objects")} WHERE "IsDeleted" IS NOT TRUE AND ${isItem})`

/**
 * Results of items that are there, of people who are in the course, as the routes for values have it: the sets keep those of
 * deleted items, and of people who left, too. A row without points and without a time says nothing.
 */
const liveResults = (table: Table): Sql =>
  sql`(SELECT * FROM ${table("Grade Results")} SEMI JOIN ${liveItems(table)} AS item USING ("GradeObjectId", "OrgUnitId")
  SEMI JOIN ${table("User Enrollments")} AS seat USING ("OrgUnitId", "UserId")
  WHERE "IsDeleted" IS NOT TRUE AND ("PointsNumerator" IS NOT NULL OR "LastModified" IS NOT NULL))`

/** Characters of a comment that a set may hold; what is longer is cut, and one outside ASCII may count twice. */
const mostOfComment = 1000

const values: ListedCollection = {
  listings: ["Grade Results", "Grade Objects", "User Enrollments"],
  decimals,
  select: (
    table
  ) => sql`SELECT concat_ws('/', "OrgUnitId", "GradeObjectId", "UserId") AS "RecordId", CAST("OrgUnitId" AS VARCHAR) AS "OrgUnitId",
  CAST("UserId" AS VARCHAR) AS "UserId", CAST("GradeObjectId" AS VARCHAR) AS "GradeObjectId", "PointsNumerator", "PointsDenominator",
  "Comments", date_trunc('millisecond', "LastModified") AS "LastModified", date_trunc('millisecond', "GradeReleasedDate") AS "ReleasedDate"
FROM ${liveResults(table)}`,
  // A comment may be cut; and one with markup is not the plain text that is asked for. A score that is out of other points than
  // its item is older or newer than that: the sets are not made at one moment, and other points move no time of modification.
  // What is computed of other items is out of the points of those.
  untold: (table) => sql`SELECT DISTINCT CAST("OrgUnitId" AS VARCHAR) AS id FROM ${liveResults(table)} AS result
JOIN ${table("Grade Objects")} AS object USING ("GradeObjectId", "OrgUnitId")
WHERE "GradeObjectTypeId" <= 3 AND "PointsDenominator" <> "MaxPoints" OR length("Comments") >= CASE WHEN strlen("Comments") = length("Comments") THEN ${mostOfComment} ELSE ${mostOfComment / 2} END OR regexp_matches("Comments", '[<&]')`,
  hangsOn: {
    endpoint: "/gradebook/items",
    // An item that was restored since brings scores back, and one that is out of other points now changes them: neither moves
    // their time of modification. Where an item says no points, its scores do.
    differs: (records, table) => sql`SELECT DISTINCT coalesce(here."OrgUnitId", there."OrgUnitId") AS id
FROM (SELECT * FROM ${records} WHERE "GradeObjectTypeId" IS NULL OR TRY_CAST("GradeObjectTypeId" AS INTEGER) BETWEEN 1 AND 6) AS here
FULL JOIN (
  SELECT CAST("OrgUnitId" AS VARCHAR) AS "OrgUnitId", CAST("GradeObjectId" AS VARCHAR) AS "Id", CAST("GradeObjectTypeId" AS VARCHAR) AS type, "MaxPoints"
  FROM ${liveItems(table)}
) AS there ON here."OrgUnitId" = there."OrgUnitId" AND here."Id" = there."Id"
WHERE here."Id" IS NULL OR there."Id" IS NULL OR here."GradeObjectTypeId" IS DISTINCT FROM there.type
  OR round(here."MaxPoints", ${decimals}) <> round(there."MaxPoints", ${decimals})`
  }
}
