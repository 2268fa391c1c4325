/// The Universal Scalability Law, fitted to the throughput of a growing number of servers.
///
///     X(N) = λN / (1 + σ(N − 1) + κN(N − 1))
///
/// λ is one server's throughput, σ the contention (work that waits for a shared resource), κ the coherency (work that
/// keeps servers in agreement with each other). σ = κ = 0 is linear scaling; κ > 0 makes a peak, after which more
/// servers give less.
///
/// Source: N. J. Gunther, "Guerrilla Capacity Planning" (Springer 2007), chapter 4.
public struct ScalabilityFit: Sendable, Equatable {
  /// One server's throughput, in the unit of the points.
  public let lambda: Double
  /// σ, 0 or more.
  public let contention: Double
  /// κ, 0 or more.
  public let coherency: Double
  /// (measured − fitted) / measured of each point, in their order.
  public let residuals: [Double]
  /// Points less coefficients; at 0 the curve goes through every point and its residuals say nothing.
  public let degreesOfFreedom: Int

  /// Fits three coefficients to at least three different numbers of servers.
  ///
  /// The law's reciprocal N/X = 1/λ + σ/λ·(N − 1) + κ/λ·N(N − 1) is linear in its coefficients. They are fitted by least
  /// squares of relative deviations, none below 0.
  ///
  /// - Returns: `nil` with fewer than three different numbers, or a throughput that is not above 0.
  public init?(_ points: [(servers: Int, throughput: Double)]) {
    guard points.allSatisfy({ $0.servers >= 1 && $0.throughput > 0 && $0.throughput.isFinite }),
      Set(points.map(\.servers)).count >= 3
    else { return nil }
    // Each row divided by its N/X, so that a deviation of one is as large as the throughput itself.
    let rows = points.map { point -> [Double] in
      let servers = Double(point.servers)
      let scale = point.throughput / servers
      return [scale, scale * (servers - 1), scale * servers * (servers - 1)]
    }
    var best: (coefficients: [Double], error: Double)?
    // A coefficient that would be negative is 0 in the best allowed fit; with two of them all four cases are soon tried.
    for used in [[0, 1, 2], [0, 1], [0, 2], [0]] {
      guard let solution = Self.leastSquares(rows, used), solution[0] > 0, solution.allSatisfy({ $0 >= 0 }) else {
        continue
      }
      let error = rows.reduce(0) { sum, row in
        let deviation = 1 - zip(row, solution).reduce(0) { $0 + $1.0 * $1.1 }
        return sum + deviation * deviation
      }
      if error < best?.error ?? .infinity { best = (solution, error) }
    }
    guard let coefficients = best?.coefficients else { return nil }
    let (lambda, contention, coherency) = (
      1 / coefficients[0], coefficients[1] / coefficients[0], coefficients[2] / coefficients[0]
    )
    self.lambda = lambda
    self.contention = contention
    self.coherency = coherency
    residuals = points.map {
      1 - Self.throughput(Double($0.servers), lambda, contention, coherency) / $0.throughput
    }
    degreesOfFreedom = points.count - 3
  }

  /// The fitted throughput of a number of servers, 1 or more.
  public func throughput(_ servers: Double) -> Double {
    Self.throughput(servers, lambda, contention, coherency)
  }

  /// The number of servers with the highest throughput, √((1 − σ)/κ); `nil` where more servers always give more.
  public var peak: Double? {
    guard coherency > 0 else { return nil }
    return max(1, (max(0, 1 - contention) / coherency).squareRoot())
  }

  private static func throughput(
    _ servers: Double, _ lambda: Double, _ contention: Double, _ coherency: Double
  ) -> Double {
    lambda * servers / (1 + contention * (servers - 1) + coherency * servers * (servers - 1))
  }

  /// The coefficients that bring the rows' sums nearest to 1, those not used being 0, by the normal equations.
  private static func leastSquares(_ rows: [[Double]], _ used: [Int]) -> [Double]? {
    let count = used.count
    var matrix = used.map { i in
      used.map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } } + [rows.reduce(0) { $0 + $1[i] }]
    }
    for column in 0..<count {
      guard let pivot = (column..<count).max(by: { abs(matrix[$0][column]) < abs(matrix[$1][column]) }),
        abs(matrix[pivot][column]) > 1e-300
      else { return nil }
      matrix.swapAt(column, pivot)
      for row in 0..<count where row != column {
        let factor = matrix[row][column] / matrix[column][column]
        for position in column...count { matrix[row][position] -= factor * matrix[column][position] }
      }
    }
    var solution = [0.0, 0.0, 0.0]
    for (row, coefficient) in used.enumerated() { solution[coefficient] = matrix[row][count] / matrix[row][row] }
    return solution
  }
}
