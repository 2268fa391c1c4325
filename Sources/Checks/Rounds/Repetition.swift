internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Makes the same check several times, one after another, each time measured and judged by itself. The first one that cannot be
/// measured ends it.
package struct Repetition {
  /// How many can be asked for.
  package static let range = 2...100

  /// How many are to be made.
  let asked: Int
  /// What one of them is called, such as `round`.
  let word: String
  private let watch: CheckWatch

  /// What became of them.
  struct Course {
    /// Why the one behind the last could not be measured.
    var problem: String?
    var isInterrupted = false
    var durationSeconds = 0.0
  }

  init(_ asked: Int, word: String, watch: CheckWatch) {
    self.asked = asked
    self.word = word
    self.watch = watch
  }

  /// - Parameters:
  ///   - make: makes the check by its number, from 1.
  ///   - add: takes what it found.
  /// - Throws: what the first one throws.
  func run<Repeated: RepeatableCheck>(
    _ make: (Int, CheckWatch) -> Repeated, _ add: (JudgedReport, CheckFindings, Repeated) -> Void
  ) throws(CheckError) -> Course {
    let began = MonotonicClock.now()
    var course = Course()
    var (made, wasInterrupted) = (0, false)
    while made < asked, !watch.stop.isStopped {
      let place = CheckStage.Place(made + 1, of: asked)
      let name = "\(word) \(place.number) of \(place.count)"
      let check = make(place.number, watch.ofPart(CheckStage.Part(word: word, place)))
      do throws(CheckError) {
        let (judged, measured) = try check.round()
        watch.report(.judged(EarlyVerdict(name, judged.document.verdict, judged.concluded.summary)))
        wasInterrupted = wasInterrupted || judged.document.interrupted == true
        add(judged, measured, check)
        made += 1
      } catch {
        guard made > 0 else { throw error }
        if error != .interrupted { course.problem = "\(name): \(error)" }
        break
      }
    }
    course.isInterrupted = watch.stop.isStopped && (made < asked || wasInterrupted)
    course.durationSeconds = Double(MonotonicClock.now() - began) / 1e9
    return course
  }
}

extension Assertion {
  /// That not all of several rounds, or runs, were made; `nil` where they were.
  ///
  /// - Parameters:
  ///   - word: what one is called, such as `round`.
  ///   - problem: why no further one was made.
  static func unmade(
    _ kind: AssertionKind, _ word: String, made: Int, of asked: Int, problem: String?
  ) -> Assertion? {
    guard made < asked else { return nil }
    return Assertion(
      kind, verdict: .inconclusive, expected: Formatting.count(asked, word),
      actual: "\(Formatting.count(made)) of \(Formatting.count(asked, word))",
      detail: problem.map { "\(Headline.sentence($0)) No further \(word) was made." })
  }
}
