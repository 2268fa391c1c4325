import Testing

@testable import Statistics

@Suite struct SaturatingArithmeticTests {
  @Test("Sums and differences stay at the ends of the range")
  func sums() {
    #expect(Int.max.addingSaturated(1) == .max && Int.min.addingSaturated(-1) == .min)
    #expect(Int.min.subtractingSaturated(1) == .min && Int.max.subtractingSaturated(-1) == .max)
    #expect(UInt64.max.addingSaturated(5) == .max && UInt64(3).subtractingSaturated(5) == 0)
    #expect(5.addingSaturated(-7) == -2 && 5.subtractingSaturated(7) == -2)
  }

  @Test(
    "Every number has a whole one",
    arguments: [
      (0.9, 0), (-0.9, 0), (1e18, 1_000_000_000_000_000_000), (1e19, Int.max), (-1e300, Int.min), (.infinity, Int.max),
      (-.infinity, Int.min), (.nan, 0), (0x1p63, Int.max), (-0x1p63, Int.min),
    ])
  func conversion(value: Double, whole: Int) { #expect(Int(saturating: value) == whole) }

  @Test("Of numbers without a sign the least is 0")
  func unsigned() { #expect(UInt64(saturating: -1) == 0 && UInt64(saturating: 0x1p64) == .max) }
}
