/// A test that a regular expression cannot match a text, without carrying it out.
enum RegexBound {
  /// Whether an expression might match. `false` is certain: it demands more of some character than the text has.
  ///
  /// Only characters outside of groups and classes, without a quantifier that takes none, are counted.
  static func mayMatch(_ expression: String, _ text: String) -> Bool {
    var available: [Character: Int] = [:]
    for character in text.lowercased() { available[character, default: 0] += 1 }
    for character in demanded(Array(expression)) ?? [] {
      guard let left = available[character], left > 0 else { return false }
      available[character] = left - 1
    }
    return true
  }

  /// The characters, in lower case, that every match has; `nil` where there is an alternative at the top.
  private static func demanded(_ expression: [Character]) -> [Character]? {
    var demanded: [Character] = []
    var index = 0
    while index < expression.count {
      var literal: Character?
      switch expression[index] {
      case "|": return nil
      case "(": index = end(ofGroup: index, in: expression)
      case "[": index = end(ofClass: index, in: expression)
      case "\\":
        index += 1
        // An escaped letter or digit is a class, a boundary or a reference.
        if index < expression.count, !expression[index].isLetter, !expression[index].isNumber {
          literal = expression[index]
        }
      case "^", "$", ".", "*", "+", "?", "{", "}": break
      default: literal = expression[index]
      }
      index += 1
      let quantifier = index < expression.count ? expression[index] : " "
      if quantifier == "{" {
        while index < expression.count, expression[index] != "}" { index += 1 }
        index += 1
      } else if let literal, quantifier != "?", quantifier != "*" {
        demanded += literal.lowercased()
      }
    }
    return demanded
  }

  private static func end(ofGroup start: Int, in expression: [Character]) -> Int {
    var (index, depth) = (start, 0)
    while index < expression.count {
      switch expression[index] {
      case "\\": index += 1
      case "[": index = end(ofClass: index, in: expression)
      case "(": depth += 1
      case ")":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
      index += 1
    }
    return index
  }

  private static func end(ofClass start: Int, in expression: [Character]) -> Int {
    var index = start + 1
    if index < expression.count, expression[index] == "^" { index += 1 }
    // A bracket that comes first is one of the class.
    if index < expression.count, expression[index] == "]" { index += 1 }
    while index < expression.count, expression[index] != "]" { index += expression[index] == "\\" ? 2 : 1 }
    return index
  }
}
