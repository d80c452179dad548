/** The same entities in the SQL that SQLite and PostgreSQL share, over tables of landed rows. */
export const landed: Readonly<Record<string, ReadonlyArray<string>>> = {
  users: ["id", "status", "username", "given", "family", "role", "identifier", "email"],
  user_orgs: ["user_id", "org"],
  agents: ["user_id", "agent"],
  courses: ["id", "title", "code"],
  classes: ["id", "title", "code", "course", "term"],
  enrollments: ["id", "status", "user_id", "class", "role"]
}

const active = "status = 'active' AND family <> '' AND username <> ''"

/** What is made before the entities, in order: people who count, and the leading teacher of each class. */
export const prepared: Readonly<Record<string, string>> = {
  person: `SELECT * FROM users WHERE ${active}`,
  lead: `SELECT e.class, min(u.family || '_' || u.given) AS code FROM enrollments e JOIN users u ON u.id = e.user_id WHERE e.role = 'teacher' GROUP BY e.class`
}

/** Key and value of each record of a night, by entity. */
export const entities: Readonly<Record<string, string>> = {
  person: `SELECT id AS key, concat_ws('|', trim(given), trim(family), username, email, CASE WHEN role = 'student' AND identifier <> '' THEN identifier ELSE id END, role) AS value FROM person`,
  district_enrollment: `SELECT id AS key, role AS value FROM person`,
  school_enrollment: `SELECT o.user_id || '/' || o.org AS key, min(p.role) AS value FROM user_orgs o JOIN person p ON p.id = o.user_id WHERE p.role IN ('student', 'teacher') GROUP BY 1`,
  offering: `SELECT c.id AS key, concat_ws('|', concat_ws(' ', k.code, c.code, c.title), concat_ws(' ', l.code, c.id), k.id, c.term) AS value FROM classes c LEFT JOIN courses k ON k.id = c.course LEFT JOIN lead l ON l.class = c.id`,
  enrollment: `SELECT e.class || '/' || e.user_id AS key, min(e.role) AS value FROM enrollments e JOIN person p ON p.id = e.user_id JOIN classes c ON c.id = e.class WHERE e.status = 'active' GROUP BY 1`,
  section_enrollment: `SELECT e.class || '/' || e.user_id AS key, min(e.class || '|' || e.user_id) AS value FROM enrollments e JOIN person p ON p.id = e.user_id JOIN classes c ON c.id = e.class WHERE e.status = 'active' GROUP BY 1`,
  relationship: `SELECT DISTINCT a.user_id || '/' || a.agent AS key, '' AS value FROM agents a JOIN users u ON u.id = a.user_id WHERE u.role = 'student'`
}

/** Records that came, went or have another value, of all entities together. */
export const differing = `SELECT count(*) AS differing FROM now AS a FULL JOIN kept AS b ON a.entity = b.entity AND a.key = b.key WHERE a.key IS NULL OR b.key IS NULL OR a.value <> b.value`
