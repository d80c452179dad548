/** Numbers from 0 to 1, the same ones for the same seed. */
export const draws = (seed: number): (() => number) => {
  let last = seed
  return () => {
    last = (last * 1_103_515_245 + 12_345) % 2_147_483_648
    return last / 2_147_483_648
  }
}
