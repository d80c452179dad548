export interface GradeScheme {
  readonly id: number
  readonly name: string
  /** From the lowest: where a symbol begins, and the percentage that it is worth. */
  readonly ranges: ReadonlyArray<{
    readonly percentStart: number
    readonly symbol: string
    readonly assigned: number | null
  }>
}

/** The schemes of the organization, which every course can use. */
export const schemes: ReadonlyMap<number, GradeScheme> = new Map(
  [
    { id: 1, name: "Percentage", ranges: [{ percentStart: 0, symbol: "%", assigned: null }] },
    {
      id: 2,
      name: "Letters",
      ranges: [
        { percentStart: 0, symbol: "F", assigned: 50 },
        { percentStart: 60, symbol: "D", assigned: 65 },
        { percentStart: 70, symbol: "C", assigned: 75 },
        { percentStart: 80, symbol: "B", assigned: 85 },
        { percentStart: 90, symbol: "A", assigned: 100 }
      ]
    }
  ].map((scheme) => [scheme.id, scheme])
)

/** `GradeScheme` of the API. */
export const schemeJson = ({ id, name, ranges }: GradeScheme): unknown => ({
  Id: id,
  Name: name,
  ShortName: name,
  Ranges: ranges.map(({ percentStart, symbol, assigned }) => ({
    PercentStart: percentStart,
    Symbol: symbol,
    AssignedValue: assigned,
    Colour: "#FFFFFF"
  }))
})
