/// Changes a JSON text as an attacker would: mostly one value or member at a time, so that the rest is still read.
///
/// The text has one value, bracket or member on each line, as an indenting writer makes it.
package struct HostileJSON: Sendable {
  private static let numbers = [
    "0", "-1", "1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
    "4611686018427387904", "99999999999999999999999999", "1e18", "1e19", "1e308", "1e309", "-1e308", "-1e309", "1e-400",
    "0.1", "-0.0", "1000000000", "1000000000000", "1000000000001", "300000000001", "NaN", "Infinity", "1e",
  ]
  private static let texts = [
    #""""#, #""\u0000""#, #""\ud800""#, #""::error::x\u001b[2J""#, #""-1""#, #""200""#, #""999999999999999999999""#,
    #""2026-11-25T06:45:27Z""#, #""9999-99-99T99:99:99Z""#, #""AAAA""#, #""////////////""#, #""reset""#, #""load""#,
    #""a""#, "\"" + String(repeating: "é", count: 300) + "\"",
  ]
  private static let others = [
    "null", "true", "[]", "{}", "[[[[[[]]]]]]", #"{"a":1,"a":2}"#, "[1,2,3]", "[null]",
    String(repeating: "[", count: 600) + String(repeating: "]", count: 600),
  ]
  private static let pieces = ["{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "1e999", "-", "\0", "é", "null", "0"]

  private let lines: [String]

  package init(_ text: String) { lines = text.split(separator: "\n").map(String.init) }

  /// The text with one to three changes, or so many.
  package func changed(_ random: inout SeededGenerator, changes: Int? = nil) -> String {
    var lines = lines
    for _ in 0..<(changes ?? random.number(1...3)) where !lines.isEmpty {
      let place = random.number(0...lines.count - 1)
      switch random.number(0...11) {
      case 0: lines.remove(at: place)
      case 1: lines.insert(lines[place], at: place)
      case 2: lines.swapAt(place, random.number(0...lines.count - 1))
      case 3: lines[place] = random.mutated(lines[place], with: Self.pieces)
      case 4: lines.insert(contentsOf: repeatElement(lines[place], count: random.pick([2, 30, 300])), at: place)
      default: lines[place] = Self.withOtherValue(lines[place], &random)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// A member or an element with another value in its place, mostly of the same type.
  private static func withOtherValue(_ line: String, _ random: inout SeededGenerator) -> String {
    let start = line.firstRange(of: " : ")?.upperBound ?? line.firstIndex { $0 != " " } ?? line.endIndex
    var end = line.endIndex
    if line[start...].hasSuffix(",") { end = line.index(before: end) }
    let value = line[start..<end]
    guard let first = value.first, first != "{", first != "[", first != "}", first != "]" else { return line }
    let other: String
    switch random.number(0...9) {
    case 0: other = random.pick(others)
    case 1: other = random.pick(numbers)
    case 2: other = random.pick(texts)
    case 3 where first == "\"": other = random.mutated(String(value), with: pieces)
    default: other = random.pick(first == "\"" ? texts : numbers)
    }
    return line[..<start] + other + line[end...]
  }
}
