import Foundation

/// Every way to change one number of a part, and nothing else: by one, to none, and to twice as many.
///
/// Numbers are those of the JSON, sums that stand there in digits, and those packed in base64 (LEB128). A place is the path of a
/// number without the names of backends and the like, such as `findings.stages[].measured.backends[].requests`.
package struct PartEdits {
  package struct Edit {
    package let place: String
    /// Such as `10 → 9`.
    package let change: String
    package let json: String
  }

  private let lines: [Substring]
  /// How many numbers of one packed text are changed.
  private let mostPacked: Int
  /// How many numbers of one place are changed, such as of all backends.
  private let mostOfPlace = 2

  /// - Parameter json: with one value, bracket or member on each line.
  package init(_ json: String, mostPacked: Int = 12) {
    lines = json.split(separator: "\n")
    self.mostPacked = mostPacked
  }

  /// Calls with each edit.
  package func forEach(_ body: (Edit) throws -> Void) rethrows {
    // The names of the open objects and lists, by their indentation.
    var names: [(indent: Int, name: String)] = []
    var counts: [String: Int] = [:]
    for (index, line) in lines.enumerated() {
      let indent = line.prefix { $0 == " " }.count
      names.removeAll { $0.indent >= indent }
      let member = line.firstRange(of: " : ")
      let start = member?.upperBound ?? line.index(line.startIndex, offsetBy: indent)
      let name = member.map { String(line[..<$0.lowerBound].dropFirst(indent).dropFirst().dropLast()) } ?? "[]"
      names.append((indent, name))
      let end = line.hasSuffix(",") ? line.index(before: line.endIndex) : line.endIndex
      guard start < end else { continue }
      let place = Self.place(names.map(\.name))
      counts[place, default: 0] += 1
      guard counts[place, default: 0] <= mostOfPlace else { continue }
      for (change, value) in changes(of: line[start..<end], at: place) {
        var changed = lines
        changed[index] = line[..<start] + value + line[end...]
        try body(Edit(place: place, change: change, json: changed.joined(separator: "\n")))
      }
    }
  }

  private func changes(of value: Substring, at place: String) -> [(change: String, value: String)] {
    if let whole = Int(value) { return Self.others(whole).map { ("\(whole) → \($0)", "\($0)") } }
    if let number = Double(value) { return [("\(number) → 0", "0"), ("\(number) → \(2 * number)", "\(2 * number)")] }
    let text = value.dropFirst().dropLast()
    if place.hasSuffix(".sum"), let whole = Int(text) {
      return Self.others(whole).map { ("\(whole) → \($0)", "\"\($0)\"") }
    }
    guard ["records", "openDues", "points"].contains(where: { place.hasSuffix("." + $0) }) else { return [] }
    let numbers = Self.unpacked(String(text))
    return stride(from: 0, to: numbers.count, by: max(1, numbers.count / mostPacked)).flatMap { index in
      Self.others(numbers[index]).map { other in
        var changed = numbers
        changed[index] = other
        let isFailure =
          place.hasSuffix(".records") && numbers.count > index / 8 * 8 + 7 && numbers[index / 8 * 8 + 7] >> 2 > 0
        return (
          "[\(index)] \(numbers[index]) → \(other)\(isFailure ? " of a failure" : "")", "\"\(Self.packed(changed))\""
        )
      }
    }
  }

  private static func others(_ number: Int) -> [Int] {
    Set([number + 1, number - 1, 0, number < 1 << 60 ? number * 2 : number]).filter { $0 != number }.sorted()
  }

  /// Members whose own members are named by what was measured.
  private static let counted: Set<String> = ["values", "answered", "failedTries", "locations", "nobody"]

  private static func place(_ names: [String]) -> String {
    var place = ""
    for (index, name) in names.enumerated() where name != "{" {
      if name == "[]" {
        if index > 0 { place += "[]" }
      } else {
        place += (place.isEmpty ? "" : ".") + (index > 0 && counted.contains(names[index - 1]) ? "*" : name)
      }
    }
    return place
  }

  // MARK: Packed numbers

  private static func unpacked(_ text: String) -> [Int] {
    var numbers: [Int] = []
    var (value, shift) = (0, 0)
    for byte in Data(base64Encoded: text) ?? Data() {
      value |= Int(byte & 0x7F) << shift
      shift += 7
      if byte < 0x80 {
        numbers.append(value)
        (value, shift) = (0, 0)
      }
    }
    return numbers
  }

  private static func packed(_ numbers: [Int]) -> String {
    var bytes: [UInt8] = []
    for number in numbers {
      var rest = UInt64(bitPattern: Int64(number))
      while rest >= 0x80 {
        bytes.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
    }
    return Data(bytes).base64EncodedString()
  }
}
