internal import Platform

/// One client's connection to the proxy, with the backend connections that it keeps alive.
struct ProxySession: ~Copyable {
  /// The largest head that is taken from a client or a backend.
  private static let headLimit = 16 << 10

  /// The largest request body that is kept, so that the request can be repeated to another backend.
  private static let replayLimit = 64 << 10

  /// How the try of one backend ended.
  enum Attempt {
    /// The answer, or as much of it as came, has been passed on.
    case answered(keepsClient: Bool)
    /// Nothing has been passed on.
    case failed(Failure)
  }

  enum Failure {
    /// The backend had no part in the request yet.
    case unconnected
    /// The connection ended before the first byte of an answer.
    case closed
    case timedOut
    /// The backend sent something that is no answer.
    case malformed
    /// The client went away while it sent its body.
    case clientGone
  }

  let group: UpstreamGroup
  private let connection: ThreadedServer.Connection
  let client: ByteStream
  private var kept: [ByteStream?]
  private var favourite: Int?

  private var request = MessageHead()
  private var response = MessageHead()
  /// The request as a backend gets it: its head, and the body as far as it is kept.
  private var outgoing: [UInt8] = []
  private var incoming: [UInt8] = []
  private var body = BodyProgress(.length(0))
  private var isHead = false
  private var isIdempotent = false
  /// Whether the request may be sent a second time: by its method, and because all of it is in `outgoing`.
  private var isRepeatable = false

  init(_ group: UpstreamGroup, _ connection: ThreadedServer.Connection) {
    self.group = group
    self.connection = connection
    client = ByteStream(connection.descriptor)
    kept = Array(repeating: nil, count: group.names.count)
  }

  deinit {
    for case let stream? in kept { System.close(stream.descriptor) }
  }

  consuming func run() {
    while serveNext() {}
  }

  /// Serves one request; false when the client's connection is to be closed.
  private mutating func serveNext() -> Bool {
    let reading = client.readHead(limit: ProxySession.headLimit, patience: .seconds(60)) { connection.becomeIdle() }
    connection.becomeBusy()
    let length: Int
    switch reading {
    case .head(let count): length = count
    case .tooLarge: return refuse(431)
    case .timedOut: return client.isEmpty ? false : refuse(408)
    case .end, .failed: return false
    }
    let bytes = UnsafeRawBufferPointer(rebasing: client.buffered.prefix(length))
    do {
      try request.readRequest(bytes)
    } catch {
      return refuse(error.status)
    }
    composeRequest(bytes)
    client.consume(length)
    guard keepBody() else { return false }
    isRepeatable = isIdempotent && body.isComplete
    return forward()
  }

  // MARK: The request

  private mutating func composeRequest(_ bytes: UnsafeRawBufferPointer) {
    let method = bytes[request.firstLine.0]
    isHead = method.elementsEqual("HEAD".utf8)
    isIdempotent = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"].contains { method.elementsEqual($0.utf8) }
    outgoing.removeAll(keepingCapacity: true)
    outgoing.append(contentsOf: bytes[request.firstLine.0.lowerBound..<request.firstLine.1.upperBound])
    // The client's own version, so that a backend sends an old client nothing that it cannot read.
    outgoing.append(contentsOf: (request.minorVersion == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n").utf8)
    for field in request.fields where !request.isDroppedByProxy(field, in: bytes) { outgoing.append(field, of: bytes) }
    outgoing.append(contentsOf: "Connection: keep-alive\r\n\r\n".utf8)
  }

  /// Reads the request's body as far as it may be kept; false when the client is to be left.
  private mutating func keepBody() -> Bool {
    body = BodyProgress(request.requestFraming)
    if body.isComplete { return true }
    if request.expectsContinue, client.isEmpty, !client.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) {
      return false
    }
    let limit = outgoing.count + ProxySession.replayLimit
    while true {
      do {
        let buffered = client.buffered
        let count = try body.advance(over: buffered)
        outgoing.append(contentsOf: buffered.prefix(count))
        client.consume(count)
      } catch {
        return refuse(error.status)
      }
      if body.isComplete || outgoing.count > limit { return true }
      client.prepareForLongBody()
      guard case .bytes = client.fill() else { return false }
    }
  }

  // MARK: Trying the backends

  private mutating func forward() -> Bool {
    var tried: Set<Int> = []
    var names = ""
    var lastStatus = 502
    while let index = nextUpstream(skipping: tried) {
      names += names.isEmpty ? group.names[index] : ", \(group.names[index])"
      switch attempt(index, names) {
      case .answered(let keepsClient): return keepsClient
      case .failed(.clientGone): return false
      case .failed(let failure):
        group.noteFailure(of: index)
        tried.insert(index)
        if index == favourite { favourite = nil }
        if case .timedOut = failure { lastStatus = 504 } else { lastStatus = 502 }
        guard mayGoOn(after: failure) else { return answerFailure(lastStatus, names) }
      }
    }
    return answerFailure(lastStatus, names)
  }

  private mutating func nextUpstream(skipping tried: Set<Int>) -> Int? {
    if let favourite { return favourite }
    let index = group.next(skipping: tried)
    if group.isSticky { favourite = index }
    return index
  }

  private func mayGoOn(after failure: Failure) -> Bool {
    switch failure {
    case .unconnected: true
    case .closed, .timedOut: isRepeatable
    case .malformed, .clientGone: false
    }
  }

  private mutating func attempt(_ index: Int, _ names: String) -> Attempt {
    if let stream = kept[index] {
      kept[index] = nil
      // A request that must not be sent twice is not risked on a connection that may be closing.
      if isRepeatable || !System.isStale(stream.descriptor) {
        let result = exchange(on: stream, index, names)
        // A kept connection may end at any time; that says nothing about its backend.
        guard case .failed(.closed) = result, isRepeatable else { return result }
      } else {
        System.close(stream.descriptor)
      }
    }
    guard let stream = group.connect(to: index) else { return .failed(.unconnected) }
    return exchange(on: stream, index, names)
  }

  /// Sends the request over `stream` and passes the answer on; afterwards the stream is kept or closed.
  private mutating func exchange(on stream: ByteStream, _ index: Int, _ names: String) -> Attempt {
    var keepsStream = false
    defer { if keepsStream { kept[index] = stream } else { System.close(stream.descriptor) } }

    guard stream.send(outgoing) else { return .failed(.closed) }
    while !body.isComplete {
      client.prepareForLongBody()
      guard case .bytes = client.fill() else { return .failed(.clientGone) }
      let buffered = client.buffered
      guard let count = try? body.advance(over: buffered) else { return .failed(.clientGone) }
      guard stream.send(UnsafeRawBufferPointer(rebasing: buffered.prefix(count))) else {
        return .failed(.closed)
      }
      client.consume(count)
    }

    let length: Int
    switch readResponseHead(from: stream) {
    case .success(let count): length = count
    case .failure(let failure): return .failed(failure)
    }
    let progress = BodyProgress(response.responseFraming(toHead: isHead))
    let keepsClient = request.keepsAlive && !connection.isStopping && !progress.isUntilClose
    composeResponse(UnsafeRawBufferPointer(rebasing: stream.buffered.prefix(length)), names, keepsClient)
    stream.consume(length)
    let isWhole = passBody(from: stream, progress)
    keepsStream = isWhole && response.keepsAlive && stream.isEmpty
    return .answered(keepsClient: isWhole && keepsClient)
  }

  private enum HeadResult {
    case success(Int)
    case failure(Failure)
  }

  /// Reads up to the head of the final answer, over interim ones.
  private mutating func readResponseHead(from stream: ByteStream) -> HeadResult {
    while true {
      let length: Int
      switch stream.readHead(limit: ProxySession.headLimit) {
      case .head(let count): length = count
      case .end: return .failure(.closed)
      case .failed: return .failure(stream.isEmpty ? .closed : .malformed)
      case .timedOut: return .failure(.timedOut)
      case .tooLarge: return .failure(.malformed)
      }
      do {
        try response.readResponse(UnsafeRawBufferPointer(rebasing: stream.buffered.prefix(length)))
      } catch {
        return .failure(.malformed)
      }
      // No other protocol was requested: `Upgrade` is not passed on.
      if response.status == 101 { return .failure(.malformed) }
      if response.status >= 200 { return .success(length) }
      stream.consume(length)
    }
  }

  // MARK: The answer

  private mutating func composeResponse(_ bytes: UnsafeRawBufferPointer, _ names: String, _ keepsClient: Bool) {
    incoming.removeAll(keepingCapacity: true)
    incoming.append(contentsOf: "HTTP/1.1 ".utf8)
    incoming.append(contentsOf: bytes[response.firstLine.1])
    incoming.append(UInt8(ascii: " "))
    incoming.append(contentsOf: bytes[response.firstLine.2])
    incoming.append(contentsOf: "\r\n".utf8)
    for field in response.fields where !response.isDroppedByProxy(field, in: bytes) {
      // Both framings in one answer: the length does not count (RFC 9112, section 6.3) and must not be passed on.
      if field.kind == .framing, response.isChunked, equal(bytes, field.name, "content-length") { continue }
      incoming.append(field, of: bytes)
    }
    incoming.append(contentsOf: "X-Upstream: ".utf8)
    incoming.append(contentsOf: names.utf8)
    incoming.append(
      contentsOf: (keepsClient ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n").utf8)
  }

  /// Sends the composed head with what is there of the body, then the rest; false when it broke off.
  private mutating func passBody(from stream: ByteStream, _ start: BodyProgress) -> Bool {
    var progress = start
    do {
      let buffered = stream.buffered
      let count = try progress.advance(over: buffered)
      incoming.append(contentsOf: buffered.prefix(count))
      stream.consume(count)
      guard client.send(incoming) else { return false }
      while !progress.isComplete {
        stream.prepareForLongBody()
        switch stream.fill() {
        case .bytes: break
        case .end: return progress.isUntilClose
        case .timedOut, .failed: return false
        }
        let buffered = stream.buffered
        let count = try progress.advance(over: buffered)
        guard client.send(UnsafeRawBufferPointer(rebasing: buffered.prefix(count))) else { return false }
        stream.consume(count)
      }
      return true
    } catch {
      return false
    }
  }

  /// Answers that no backend responded, and keeps the client's connection if its request was read to the end.
  private func answerFailure(_ status: Int, _ names: String) -> Bool {
    let keepsClient = request.keepsAlive && !connection.isStopping && body.isComplete
    let fields = names.isEmpty ? [] : [("X-Upstream", names)]
    let answer = CannedAnswer.refusal(status, fields)
    guard answer.send(to: client, isHead: isHead, closes: !keepsClient) else { return false }
    if !keepsClient { connection.linger() }
    return keepsClient
  }

  private func refuse(_ status: Int) -> Bool {
    if CannedAnswer.refusal(status).send(to: client, isHead: false, closes: true) { connection.linger() }
    return false
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ field: MessageHead.Field, of bytes: UnsafeRawBufferPointer) {
    append(contentsOf: bytes[field.name])
    append(contentsOf: ": ".utf8)
    append(contentsOf: bytes[field.value])
    append(contentsOf: "\r\n".utf8)
  }
}
