/// Whether visitors stay with the backend that answered them first, and by what.
public struct SessionsSection: Codable, Sendable, Equatable {
  public var visitors: Int
  /// Those who could not be followed, since too few of their answers named a backend; left out if none.
  public var notFollowed: Int?
  /// Those whom one backend answered each time, before anything was done.
  public var kept: Int
  /// Their part of those who could be followed, 0…1; left out where nobody could.
  public var keptShare: Double?
  /// What a visitor stays by, such as `cookie SRV` or `client address`; `connection`, `nothing` or `unknown`; a
  /// property of the request such as `path` where what is asked decides, not who asks.
  public var by: String
  /// The cookie that keeps visitors; left out where none does.
  public var cookie: SessionCookie?
  /// From how many addresses visitors came, and how often each before anything was done.
  public var addresses: Int
  public var visits: Int
  /// How many requests a visitor made over one connection.
  public var requestsPerVisit: Int
  /// What visitors met who came once more with a part of what they have.
  public var controls: [VisitorControl] = []
  /// Who answered the visitors' first requests.
  public var firstAnswers: [FirstAnswers]
  /// How many visitors changed to another backend, when and why.
  public var moves: [VisitorMoves]
  /// What became of the visitors of a backend that was stopped; left out where none was.
  public var stopped: StoppedVisitors?
  /// Visitors who came back after a time without a request, the shortest first; left out where nobody rested.
  public var rests: [SessionsRest]?
  /// What visitors met at each address of the target; left out where there is one.
  public var rows: [SessionsRow]?
  /// What the manager was asked to do; left out where there is none.
  public var actions: [ActionSection]?

  public init(
    visitors: Int, addresses: Int, visits: Int, requestsPerVisit: Int, kept: Int, by: String,
    firstAnswers: [FirstAnswers] = [], moves: [VisitorMoves] = []
  ) {
    self.visitors = visitors
    self.addresses = addresses
    self.visits = visits
    self.requestsPerVisit = requestsPerVisit
    self.kept = kept
    self.by = by
    self.firstAnswers = firstAnswers
    self.moves = moves
  }
}

/// Visitors who came back after a time without a request.
public struct SessionsRest: Codable, Sendable, Equatable {
  /// How long it was at least.
  public var seconds: Double
  /// Those who were answered by a backend, and those of them whom their own answered.
  public var visitors: Int
  public var kept: Int

  public init(seconds: Double, visitors: Int, kept: Int) {
    self.seconds = seconds
    self.visitors = visitors
    self.kept = kept
  }
}

/// The visitors of one address of the target.
public struct SessionsRow: Codable, Sendable, Equatable {
  public var address: String
  public var visitors: Int
  /// Those whom one backend answered each time, and by what they stay.
  public var kept: Int
  public var by: String
  public var verdict: Verdict

  public init(address: String, visitors: Int, kept: Int, by: String, verdict: Verdict) {
    self.address = address
    self.visitors = visitors
    self.kept = kept
    self.by = by
    self.verdict = verdict
  }
}

/// Visitors who came once more with a part of what they have.
public struct VisitorControl: Codable, Sendable, Equatable {
  /// `cookies` from another address, `address` without cookies, `cookie NAME` alone, or all to an `other address` of the target.
  public var with: String
  /// Those who were answered by a backend, and those of them whom their own answered.
  public var visitors: Int
  public var kept: Int

  public init(with: String, visitors: Int, kept: Int) {
    self.with = with
    self.visitors = visitors
    self.kept = kept
  }
}

/// A cookie by which visitors stay.
public struct SessionCookie: Codable, Sendable, Equatable {
  public var name: String
  /// How long clients keep it, in seconds; left out for one that ends with the client.
  public var seconds: Int?
  /// The path that it is for.
  public var path: String

  public init(name: String, seconds: Int? = nil, path: String = "/") {
    self.name = name
    self.seconds = seconds
    self.path = path
  }
}

/// How many visitors a backend answered first.
public struct FirstAnswers: Codable, Sendable, Equatable {
  public var backend: String
  public var visitors: Int
  /// Its part of the visitors, 0…1, and between which values the true one lies.
  public var share: Double
  public var low: Double
  public var high: Double
  /// Left out for one that nobody expected.
  public var expectedShare: Double?

  public init(backend: String, visitors: Int, share: Double, low: Double, high: Double, expectedShare: Double? = nil) {
    self.backend = backend
    self.visitors = visitors
    self.share = share
    self.low = low
    self.high = high
    self.expectedShare = expectedShare
  }
}

/// Visitors who changed to another backend.
public struct VisitorMoves: Codable, Sendable, Equatable {
  public enum Reason: String, Codable, Sendable, CaseIterable {
    /// Their backend was stopped.
    case stopped = "backend stopped"
    /// The backend that they had before it was stopped is back.
    case cameBack = "backend came back"
    /// Their backend answered nobody any more, and nobody stopped it.
    case silent = "backend silent"
    /// None: their backend went on answering others, or nobody had touched it.
    case unexplained = "no reason"
  }

  /// When: `baseline`, `stop NAME`, `start NAME` or `reload`.
  public var at: String
  public var visitors: Int
  public var because: Reason

  public init(at: String, visitors: Int, because: Reason) {
    self.at = at
    self.visitors = visitors
    self.because = because
  }
}

/// The visitors of a backend that was stopped.
public struct StoppedVisitors: Codable, Sendable, Equatable {
  public var backend: String
  public var visitors: Int
  /// Those whom another backend answered.
  public var moved: Int
  /// Those with a request that failed until others answered.
  public var failed: Int
  /// Those whom it answered once it was back.
  public var returned: Int
  /// The visitors of all other backends, and those of them who moved, too.
  public var others: Int
  public var othersMoved: Int

  public init(
    backend: String, visitors: Int, moved: Int, failed: Int, returned: Int, others: Int, othersMoved: Int
  ) {
    self.backend = backend
    self.visitors = visitors
    self.moved = moved
    self.failed = failed
    self.returned = returned
    self.others = others
    self.othersMoved = othersMoved
  }
}
