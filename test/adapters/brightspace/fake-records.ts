export interface OrgUnit {
  name: string
  code: string
  path: string
  type: number
  parents: Array<string>
  recycled: boolean
  isActive: boolean
  start: string | null
  end: string | null
  html: string
  localeId: number | null
}

export interface User {
  OrgDefinedId: string
  FirstName: string
  MiddleName: string | null
  LastName: string
  ExternalEmail: string | null
  UserName: string
  IsActive: boolean
  Pronouns: string | null
}

export const unit = (over: Partial<OrgUnit> & Pick<OrgUnit, "name" | "type">): OrgUnit => ({
  code: over.name,
  path: `/content/${over.name}/`,
  parents: ["6606"],
  recycled: false,
  isActive: true,
  start: null,
  end: null,
  html: "",
  localeId: null,
  ...over
})

export const types = [
  { Id: 1, Code: "Organization", Name: "Organization" },
  { Id: 2, Code: "Course Template", Name: "Course Template" },
  { Id: 3, Code: "Course Offering", Name: "Course Offering" },
  { Id: 5, Code: "Semester", Name: "Semester" },
  { Id: 7, Code: "Section", Name: "Section" },
  { Id: 101, Code: "school", Name: "School" },
  { Id: 102, Code: "district", Name: "District" },
  { Id: 104, Code: "department", Name: "Department" }
]

export const roles = [
  { Identifier: "110", DisplayName: "Student", Code: "student", IsCascading: false },
  { Identifier: "111", DisplayName: "Teacher", Code: null, IsCascading: false },
  { Identifier: "112", DisplayName: "District Administrator", Code: "admin", IsCascading: true }
]
