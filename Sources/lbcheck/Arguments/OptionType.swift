internal import Checks
internal import Load
internal import Report

/// How an option's value is read, shown and described; one for each kind of value, such as `.rate`.
///
/// A command line, a profile and a report use the same text for the same value: reading what is shown gives the value back.
struct OptionType<Value: Equatable & Sendable>: Sendable {
  typealias Reader = @Sendable (String) throws(ValueError) -> Value

  /// Reads a text; the error says what is expected.
  let read: Reader
  /// The value as in a profile.
  let show: @Sendable (Value) -> SettingValue
  /// The value as a number with its unit, where ``show`` gives a text.
  var measure: (@Sendable (Value) -> Double)?
  var unit: String?
  /// The texts that it takes, if there are only these.
  var choices: [String] = []
  /// The text with credentials masked.
  var withoutSecrets: @Sendable (String, Secrets.Mark) -> String = { Secrets.text($0, $1) }

  init(read: @escaping Reader, show: @escaping @Sendable (Value) -> SettingValue) {
    self.read = read
    self.show = show
  }

  /// A type whose every error says the same.
  init(
    takes expectation: String, unit: String? = nil, measure: (@Sendable (Value) -> Double)? = nil,
    read: @escaping @Sendable (String) -> Value?, show: @escaping @Sendable (Value) -> SettingValue
  ) {
    self.init(
      read: { (text) throws(ValueError) in
        guard let value = read(text) else { throw ValueError(takes: expectation) }
        return value
      }, show: show)
    self.unit = unit
    self.measure = measure
  }

  /// The same with another way to mask credentials.
  func hiding(_ withoutSecrets: @escaping @Sendable (String, Secrets.Mark) -> String) -> Self {
    var type = self
    type.withoutSecrets = withoutSecrets
    return type
  }

  /// What is expected, in the words of an error.
  var expectation: String {
    do throws(ValueError) {
      _ = try read("")
      return "a text"
    } catch {
      return error.expectation
    }
  }
}

/// A value that does not fit, and what would: `takes a duration such as 500ms, not 'abc'`.
package struct ValueError: Error, Equatable {
  package let expectation: String
  /// The value and a caret under the fault, one line each; empty where the value alone is enough.
  package let marked: [String]

  package init(takes expectation: String, marked: [String] = []) {
    self.expectation = expectation
    self.marked = marked
  }

  /// The error for a value: `expected a duration such as 500ms, not 'abc'`.
  func refusal(of value: String, verb: String = "expected") -> String {
    marked.isEmpty
      ? "\(verb) \(expectation), not '\(Escaping.terminal(value, width: 80))'" : "\(verb) \(expectation)"
  }
}

extension OptionType where Value: CaseIterable & RawRepresentable<String> {
  /// One of an enum's cases, by its raw value.
  static func choice(where isChoice: (Value) -> Bool = { _ in true }) -> OptionType {
    let cases = Value.allCases.filter(isChoice)
    let names = cases.map(\.rawValue)
    var type = OptionType(
      takes: "\(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")",
      read: { text in cases.first { $0.rawValue == text } }, show: { .text($0.rawValue) })
    type.choices = names
    return type
  }
}
