import Statistics
import Testing

@Suite struct GammaFunctionTests {
  /// `scipy.special.gammaincc(a, x)`, SciPy 1.17.1.
  static let published: [(a: Double, x: Double, q: Double)] = [
    (0.001, 0.5, 0.0005600666564707501), (0.5, 0.5, 0.31731050786291115), (0.5, 10, 7.744216431044088e-06),
    (1, 1, 0.36787944117144245), (2.5, 0.1, 0.9991138612111875), (5, 5, 0.44049328506521257),
    (10, 20, 0.0049954123083075785), (15, 14.9, 0.47593044580704613), (19.9, 25, 0.12895435522699317),
    (20.1, 25, 0.13829991427154914), (50, 40, 0.9296649333406051), (50, 100, 1.1784500720979781e-08),
    (100, 100, 0.48670120172085135), (1_000, 1_100, 0.0010593232539299773), (1e5, 1.001e5, 0.3755548692955945),
    (1e6, 1e6, 0.4998670192391274),
  ]

  @Test("Q(a, x) is within 1e-10 of SciPy's values", arguments: published)
  func values(row: (a: Double, x: Double, q: Double)) {
    #expect(abs(GammaFunction.upperRegularized(row.a, row.x) - row.q) < 1e-10)
  }

  @Test("The ends are exact, and what is out of range is not a number")
  func ends() {
    #expect(GammaFunction.upperRegularized(3, 0) == 1)
    #expect(GammaFunction.upperRegularized(3, .infinity) == 0)
    #expect(GammaFunction.upperRegularized(3, 1e300) == 0)
    for (a, x) in [(0, 1), (-1, 1), (.infinity, 1), (.nan, 1), (1, -1), (1, .nan)] as [(Double, Double)] {
      #expect(GammaFunction.upperRegularized(a, x).isNaN)
    }
  }
}
