/// The value of one key in a profile.
enum ProfileValue: Sendable, Equatable {
  /// `null`: as if the key were missing.
  case unset
  case truth(Bool)
  case single(Item)
  case list([Item])
  /// A type that no option takes, such as "an object".
  case unusable(String)

  /// A text or a number with its keys.
  struct Item: Sendable, Equatable {
    /// The keys that lead to it, such as `backends.app-1` or `resolve[0]`.
    let place: String
    let text: String
    let isNumber: Bool

    init(place: String, text: String, isNumber: Bool = false) {
      self.place = place
      self.text = text
      self.isNumber = isNumber
    }
  }

  init(_ value: JSON5, at place: String) {
    switch value {
    case .null: self = .unset
    case .truth(let isOn): self = .truth(isOn)
    case .object: self = .unusable("an object")
    case .list(let elements):
      var items: [Item] = []
      for (index, element) in elements.enumerated() {
        guard let item = ProfileValue.item(element, at: "\(place)[\(index)]") else {
          self = .unusable("a list that holds \(ProfileValue.kind(element))")
          return
        }
        items.append(item)
      }
      self = .list(items)
    default:
      self = ProfileValue.item(value, at: place).map(ProfileValue.single) ?? .unusable(ProfileValue.kind(value))
    }
  }

  /// A text or a number; `nil` for anything else.
  static func item(_ value: JSON5, at place: String) -> Item? {
    switch value {
    case .text(let text): Item(place: place, text: text)
    case .number(let number):
      Item(place: place, text: Int(exactly: number).map(String.init) ?? "\(number)", isNumber: true)
    default: nil
    }
  }

  /// A value's type in words.
  static func kind(_ value: JSON5) -> String {
    switch value {
    case .null: "null"
    case .truth(let isOn): "\(isOn)"
    case .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .object: "an object"
    }
  }
}
