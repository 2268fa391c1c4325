/// What a visitor stays with its backend by.
enum Affinity: Equatable {
  case cookie(String)
  case address
  /// Either alone is enough.
  case cookieOrAddress(String)
  /// Neither alone is enough.
  case cookieAndAddress(String)
  /// As long as a connection lasts.
  case connection
  /// What is asked decides, not who asks: a property of the request such as its path.
  case request(String)
  case nothing
  case unknown

  /// Its name in reports.
  var name: String {
    switch self {
    case .cookie(let name): "cookie \(name)"
    case .address: "client address"
    case .cookieOrAddress(let name): "cookie \(name) or client address"
    case .cookieAndAddress(let name): "cookie \(name) and client address"
    case .connection: "connection"
    case .request(let key): key
    case .nothing: "nothing"
    case .unknown: "unknown"
    }
  }

  var cookie: String? {
    switch self {
    case .cookie(let name), .cookieOrAddress(let name), .cookieAndAddress(let name): name
    case .address, .connection, .request, .nothing, .unknown: nil
    }
  }

  /// Found by what visitors met who came with a part of what they have.
  init(_ seen: SessionsFindings, _ staying: Staying) {
    if let key = seen.requestKeys.text {
      self = .request(key)
      return
    }
    guard staying.backends.count > 1, let stays = staying.revisits.isBound(chance: staying.chanceOfTwo) else {
      self = .unknown
      return
    }
    guard stays else {
      self = staying.reuses.isBound(chance: staying.chanceOfTwo) == true ? .connection : .nothing
      return
    }
    // `nil` where too few came to tell.
    let controls = seen.controls.map { ($0.control, $0.agreement(staying).isBound(chance: staying.chanceOfTwo)) }
    func isBound(_ control: SessionsFindings.Control) -> Bool? { controls.first { $0.0 == control }?.1 }
    let byAddress = isBound(.address)
    guard let byCookies = isBound(.cookies) else {
      // Without cookies each visit was such a control, and the first answers are the other one.
      self = seen.addresses > 1 && byAddress != false ? .address : .unknown
      return
    }
    let single = controls.compactMap { control, isBound -> String? in
      if case .cookie(let name) = control, isBound == true { name } else { nil }
    }
    // Later ones are what an action brought.
    let names = seen.cookiesBefore.isEmpty ? seen.cookies.map(\.name) : seen.cookiesBefore
    let name = single.first ?? names.joined(separator: " and ")
    switch (byCookies, byAddress) {
    case (true, true?): self = seen.addresses > 1 ? .cookieOrAddress(name) : .unknown
    case (true, false?): self = .cookie(name)
    case (false, true?): self = .address
    case (false, false?): self = .cookieAndAddress(name)
    case (_, nil): self = .unknown
    }
  }
}

extension SessionsFindings.ControlRound {
  /// How many visitors met their own backend.
  func agreement(_ staying: Staying) -> Agreement {
    var agreement = Agreement()
    for (visitor, answer) in zip(visitors, answers) {
      guard let home = staying.homes[visitor], let backend = answer.backend else { continue }
      agreement.add(home == backend)
    }
    return agreement
  }
}

extension SessionsFindings.Control {
  /// Its name in reports.
  var name: String {
    switch self {
    case .cookies: "cookies"
    case .address: "address"
    case .cookie(let name): "cookie \(name)"
    case .otherAddress: "other address"
    }
  }
}
