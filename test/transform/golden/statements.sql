-- school: from orgs
-- grain: one row per row considered; the kept ones have no _turned and a key of their own
CREATE OR REPLACE TEMP TABLE "candidate_school" AS
WITH reached AS (
  SELECT "org"."sourcedId" AS _source,
    CAST((org.sourcedId) AS VARCHAR) AS key,
    CAST((org.name) AS VARCHAR) AS label,
    CAST((org.sourcedId) AS VARCHAR) AS _school,
    NULL::VARCHAR AS _section,
    (org.name) AS "name",
    CASE
      WHEN (org.status = 'active') IS FALSE THEN {'verdict': 'unwanted', 'rule': 'where', 'say': 'not wanted by school'}
      WHEN "org"._fault IS NOT NULL THEN {'verdict': 'quarantine', 'rule': "org"._fault.rule, 'say': "org"._fault.say}
      WHEN (org.status = 'active') IS NOT TRUE THEN {'verdict': 'unwanted', 'rule': 'where', 'say': 'not wanted by school'}
      WHEN (org.name IS NULL) THEN {'verdict': 'quarantine', 'rule': 'nameless', 'say': 'the school has no name'}
      WHEN (org.sourcedId) IS NULL THEN {'verdict': 'quarantine', 'rule': 'no-key', 'say': 'school has no key'}
    END AS _turned_1
  FROM "dataset_orgs" AS "org"
  CROSS JOIN run
)
SELECT _source, key, label, _school, _section,
  "name", _turned_1 AS _turned
FROM reached;

-- member: from users, school
-- grain: one row per row considered; the kept ones have no _turned and a key of their own
CREATE OR REPLACE TEMP TABLE "candidate_member" AS
WITH reached AS (
  SELECT "person"."sourcedId" AS _source,
    CAST((person.sourcedId) AS VARCHAR) AS key,
    NULL::VARCHAR AS label,
    NULL::VARCHAR AS _school,
    NULL::VARCHAR AS _section,
    CAST((school.key) AS VARCHAR) AS "school",
    CAST((person.orgs[1]) AS VARCHAR) AS "first_school",
    CAST((person.username) AS VARCHAR) AS "_try_code_0",
    CAST((person.sourcedId) AS VARCHAR) AS "_try_code_1",
    (person.username) AS "_per_0",
    CASE WHEN (person.email IS NULL) THEN 'no address' END AS _warn_0,
    CASE
      WHEN "person"._fault IS NOT NULL THEN {'verdict': 'quarantine', 'rule': "person"._fault.rule, 'say': "person"._fault.say}
      WHEN "school".key IS NULL THEN {'verdict': 'unwanted', 'rule': 'no-school', 'say': 'no school matches'}
      WHEN "school"._turned IS NOT NULL THEN {'verdict': 'quarantine', 'rule': 'depends-on:' || "school"._turned.rule, 'say': 'school: ' || "school"._turned.say}
      WHEN (person.role = 'student') IS NOT TRUE THEN {'verdict': 'unwanted', 'rule': 'where', 'say': 'not wanted by member'}
      WHEN (person.sourcedId) IS NULL THEN {'verdict': 'quarantine', 'rule': 'no-key', 'say': 'member has no key'}
    END AS _turned_1
  FROM "dataset_users" AS "person"
  CROSS JOIN run
  LEFT JOIN "known_school" AS "school" ON (school.key = person.orgs[1])
  WHERE (person.role = 'student') IS NOT FALSE
),
referred AS (
  SELECT reached.* REPLACE (CASE WHEN reached._turned_1 IS NULL THEN 'school:' || reached."school" END AS "school", coalesce('school:' || "_kept_first_school_0".key) AS "first_school"),
    CASE WHEN reached._turned_1 IS NOT NULL THEN reached._turned_1
      WHEN reached."school" IS NULL THEN {'verdict': 'quarantine', 'rule': 'no-school', 'say': 'names no school'}
      WHEN reached."first_school" IS NULL THEN {'verdict': 'quarantine', 'rule': 'no-first_school', 'say': 'names no school'}
      WHEN coalesce('school:' || "_kept_first_school_0".key) IS NULL AND "_gone_first_school_0".turned.verdict = 'quarantine' THEN {'verdict': 'quarantine', 'rule': 'depends-on:' || "_gone_first_school_0".turned.rule, 'say': 'depends on school ' || reached."first_school" || ': ' || "_gone_first_school_0".turned.say}
      WHEN coalesce('school:' || "_kept_first_school_0".key) IS NULL AND "_gone_first_school_0".turned.verdict = 'unwanted' THEN {'verdict': 'unwanted', 'rule': 'depends-on:' || "_gone_first_school_0".turned.rule, 'say': 'depends on school ' || reached."first_school" || ': ' || "_gone_first_school_0".turned.say}
      WHEN reached."first_school" IS NOT NULL AND coalesce('school:' || "_kept_first_school_0".key) IS NULL THEN {'verdict': 'quarantine', 'rule': 'dangling:first_school', 'say': 'first_school names school ' || reached."first_school" || ', which the source does not hold'}
    END AS _turned_2
  FROM reached
  LEFT JOIN (SELECT key FROM "entity_school") AS "_kept_first_school_0" ON "_kept_first_school_0".key = reached."first_school"
  LEFT JOIN (SELECT key, min(_turned) AS turned FROM "candidate_school" WHERE _turned IS NOT NULL GROUP BY key) AS "_gone_first_school_0" ON "_gone_first_school_0".key = reached."first_school"
)
SELECT * EXCLUDE (_turned_2), _turned_2 AS _turned
FROM referred;
UPDATE "candidate_member" SET _turned = {'verdict': 'unwanted', 'rule': 'pick', 'say': 'another record ranks before it'} FROM (
  SELECT rowid AS row, row_number() OVER alike AS rank, first(_source) OVER alike AS first
  FROM "candidate_member" SEMI JOIN (SELECT hash("_per_0") AS _alike FROM "candidate_member" WHERE _turned IS NULL GROUP BY _alike HAVING count(*) > 1) AS shared
    ON _alike = hash("_per_0")
  WHERE _turned IS NULL
  WINDOW alike AS (PARTITION BY "_per_0" ORDER BY _source, hash(key, label, _school, _section, "school", "first_school", "_try_code_0", "_try_code_1"))
) AS ranked WHERE ranked.rank > 1 AND "candidate_member".rowid = ranked.row;
CREATE OR REPLACE TEMP TABLE "candidate_member" AS
WITH shared_0 AS (
  SELECT candidate FROM (
    SELECT unnest(list_distinct([lower("_try_code_0"), lower("_try_code_1")])) AS candidate
    FROM "candidate_member" WHERE _turned IS NULL
  ) GROUP BY candidate HAVING count(*) > 1
),
distinct_0 AS (
  SELECT "candidate_member".* EXCLUDE ("_try_code_0", "_try_code_1"), CASE WHEN "candidate_member"."_try_code_0" IS NOT NULL AND _shared_0_0.candidate IS NULL THEN "candidate_member"."_try_code_0" WHEN "candidate_member"."_try_code_1" IS NOT NULL AND _shared_0_1.candidate IS NULL THEN "candidate_member"."_try_code_1" END AS "code",
    CASE WHEN _turned IS NOT NULL THEN _turned
      WHEN coalesce("candidate_member"."_try_code_0", "candidate_member"."_try_code_1") IS NOT NULL AND (CASE WHEN "candidate_member"."_try_code_0" IS NOT NULL AND _shared_0_0.candidate IS NULL THEN "candidate_member"."_try_code_0" WHEN "candidate_member"."_try_code_1" IS NOT NULL AND _shared_0_1.candidate IS NULL THEN "candidate_member"."_try_code_1" END) IS NULL THEN {'verdict': 'quarantine', 'rule': 'not-unique:code', 'say': 'no form of code is the row''s own'}
    END AS _turned_unique_0
  FROM "candidate_member"
  LEFT JOIN shared_0 AS _shared_0_0 ON _shared_0_0.candidate = lower("candidate_member"."_try_code_0")
  LEFT JOIN shared_0 AS _shared_0_1 ON _shared_0_1.candidate = lower("candidate_member"."_try_code_1")
)
SELECT _source, key, label, _school, _section,
  "school",
  "first_school",
  "code",
  list_filter([CASE WHEN _warn_0 IS NOT NULL THEN {'rule': 'no-email', 'say': _warn_0} END], lambda one: one IS NOT NULL) AS _warned, _turned_unique_0 AS _turned
FROM distinct_0;
