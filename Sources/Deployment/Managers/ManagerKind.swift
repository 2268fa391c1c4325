/// The managers that are known by name.
package enum ManagerKind: String, Sendable, CaseIterable {
  case gunicorn, puma, unicorn, uwsgi
  case phpFPM = "php-fpm"
  case apache, nginx
  case nginxUpgrade = "nginx-upgrade"
  case haproxy, caddy, systemd, compose, kubectl, pm2

  /// What stands after the colon.
  package enum Subject: Sendable, Equatable {
    case required(String)
    /// It may be left out, with what is then meant.
    case optional(String, usually: [String])

    /// What it is called in the help.
    package var name: String {
      switch self {
      case .required(let name), .optional(let name, _): name
      }
    }
  }

  package var subject: Subject {
    switch self {
    case .gunicorn, .puma, .unicorn, .phpFPM, .nginxUpgrade: .required("PIDFILE")
    case .uwsgi: .required("PIDFILE|FIFO")
    case .haproxy: .required("PIDFILE|SOCKET")
    case .apache: .optional("PIDFILE", usually: ["/run/apache2/apache2.pid", "/run/httpd/httpd.pid"])
    case .nginx: .optional("PIDFILE", usually: ["/run/nginx.pid"])
    case .caddy: .optional("ADMIN", usually: ["localhost:2019"])
    case .systemd: .required("UNIT")
    case .compose: .required("SERVICE")
    case .kubectl: .required("deployment/NAME")
    case .pm2: .required("APP[,APP]")
    }
  }

  package var guide: ManagerGuide {
    switch self {
    case .gunicorn: .gunicorn
    case .puma: .puma
    case .unicorn: .unicorn
    case .uwsgi: .uwsgi
    case .phpFPM: .phpFPM
    case .apache: .apache
    case .nginx: .nginx
    case .nginxUpgrade: .nginxUpgrade
    case .haproxy: .haproxy
    case .caddy: .caddy
    case .systemd: .systemd
    case .compose: .compose
    case .kubectl: .kubectl
    case .pm2: .pm2
    }
  }

  /// Whether it can stop and start one backend by itself.
  package var stopsOne: Bool {
    switch self {
    case .systemd, .compose, .pm2: true
    case .gunicorn, .puma, .unicorn, .uwsgi, .phpFPM, .apache, .nginx, .nginxUpgrade, .haproxy, .caddy, .kubectl: false
    }
  }
}

/// A manager by its name and what it manages, as `--manager` gives it: `gunicorn:/run/shop.pid`.
package struct NamedManager: Sendable, Equatable {
  package let kind: ManagerKind
  /// What follows the colon; `nil` where it was left out.
  package let subject: String?

  init(kind: ManagerKind, subject: String?) {
    self.kind = kind
    self.subject = subject
  }

  /// - Throws: ``ManagerError`` that says what is expected.
  package init(_ text: String) throws(ManagerError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let kind = ManagerKind(rawValue: parts[0]) else {
      throw ManagerError("one of " + ManagerKind.allCases.map(\.form).joined(separator: ", "))
    }
    let subject = parts.count > 1 && !parts[1].isEmpty ? parts[1] : nil
    switch kind.subject {
    case .required where subject == nil: throw ManagerError(kind.form)
    case .required, .optional: break
    }
    if kind == .kubectl, let subject {
      let words = subject.split(separator: "/", omittingEmptySubsequences: false)
      guard words.count == 2, words[0] == "deployment", !words[1].isEmpty else { throw ManagerError(kind.form) }
    }
    // Programs would read it as an option.
    if let subject, subject.hasPrefix("-") { throw ManagerError(kind.form) }
    self.kind = kind
    self.subject = subject
  }

  /// As `--manager` takes it.
  package var text: String { kind.rawValue + (subject.map { ":\($0)" } ?? "") }
}

extension ManagerKind {
  /// The form in which it is given.
  package var form: String {
    switch subject {
    case .required(let name): "\(rawValue):\(name)"
    case .optional(let name, _): "\(rawValue)[:\(name)]"
    }
  }
}
