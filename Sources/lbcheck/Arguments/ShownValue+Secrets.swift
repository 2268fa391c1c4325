internal import Report

extension ShownValue {
  /// The value without the credentials in it.
  func withoutSecrets(of option: Option) -> ShownValue {
    switch self {
    case .null, .truth, .number: self
    case .text(let text): .text(option.withoutSecrets(text, .hashed))
    case .list(let items) where option.takesWords: .list(Secrets.words(items.compactMap(\.word)).map(ShownValue.text))
    case .list(let items): .list(items.map { $0.withoutSecrets(of: option) })
    }
  }

  private var word: String? {
    if case .text(let text) = self { text } else { nil }
  }
}

extension Option {
  /// A value for this option without the credentials in it, be it one that it takes or not.
  func withoutSecrets(_ text: String, _ mark: Secrets.Mark = .hidden) -> String {
    switch name {
    case "--header": Secrets.field(text, mark)
    case "--body": Secrets.body(text)
    default: Secrets.text(text, mark)
    }
  }
}
