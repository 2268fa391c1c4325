internal import Glibc
internal import Platform
internal import Synchronization

/// A small reverse proxy that gives requests to backends in rotation, as nginx does with an `upstream` group.
///
/// All connections share one rotation, so that serial requests go exactly in turn. When a backend refuses, or
/// closes before the first byte of its answer, the request goes on to the next one, for methods that may be
/// repeated (RFC 9110, section 9.2.2); `X-Upstream` then lists every address tried, the last one being the
/// one that answered. With none left the answer is 502, or 504 when the last one was too slow.
///
///     let proxy = try RotatingProxy(
///       .init(upstreams: [.init(port: 4001, weight: 2), .init(port: 4002), .init(port: 4003, isBackup: true)]),
///       on: ListeningSocket())
///     try proxy.start()
package final class RotatingProxy: Sendable {
  /// One backend, from the proxy's side.
  package struct Upstream: Sendable, Equatable {
    /// An IPv4 address in numbers.
    package var address: String
    package var port: UInt16

    /// Its weight, at least 1.
    package var weight: Int

    /// Whether it is asked only when all others have failed.
    package var isBackup: Bool

    package init(address: String = "127.0.0.1", port: UInt16, weight: Int = 1, isBackup: Bool = false) {
      self.address = address
      self.port = port
      self.weight = weight
      self.isBackup = isBackup
    }
  }

  package struct Configuration: Sendable {
    package var upstreams: [Upstream]
    package var policy: RotationPolicy

    /// How long a backend that failed is left out.
    package var failTimeout: Duration

    package var connectTimeout: Duration

    /// How long a backend may be silent before it counts as failed.
    package var readTimeout: Duration

    package init(
      upstreams: [Upstream], policy: RotationPolicy = .roundRobin, failTimeout: Duration = .seconds(10),
      connectTimeout: Duration = .seconds(5), readTimeout: Duration = .seconds(60)
    ) {
      self.upstreams = upstreams
      self.policy = policy
      self.failTimeout = failTimeout
      self.connectTimeout = connectTimeout
      self.readTimeout = readTimeout
    }
  }

  private let server: ThreadedServer

  package init(_ configuration: Configuration, on listener: ListeningSocket) throws(TestbedError) {
    let group = try UpstreamGroup(configuration)
    server = ThreadedServer(on: listener, threadName: "proxy") { ProxySession(group, $0).run() }
  }

  deinit {
    server.stop(grace: .zero)
  }

  package var port: UInt16 { server.port }

  package var openConnections: Int { server.openConnections }

  package func start() throws(TestbedError) { try server.start() }

  /// Stops accepting, finishes the requests in flight and closes; what lasts longer than `grace` is cut off.
  ///
  /// - Returns: whether everything was finished within `grace`.
  @discardableResult
  package func stop(grace: Duration) -> Bool { server.stop(grace: grace) }
}

/// The backends of one proxy, with the rotation that all its connections share.
final class UpstreamGroup: Sendable {
  private let addresses: [sockaddr_in]
  private let rotation: Mutex<Rotation>
  private let connectTimeout: Duration
  private let readTimeout: Duration
  let names: [String]
  let isSticky: Bool

  init(_ configuration: RotatingProxy.Configuration) throws(TestbedError) {
    guard !configuration.upstreams.isEmpty else { throw .invalidConfiguration("the proxy has no backend") }
    var addresses: [sockaddr_in] = []
    for upstream in configuration.upstreams {
      guard let address = System.socketAddress(upstream.address, port: upstream.port), upstream.port != 0 else {
        throw .invalidConfiguration("\(upstream.address):\(upstream.port) is no address of a backend")
      }
      guard (1...1_000_000).contains(upstream.weight) else {
        throw .invalidConfiguration("a weight is between 1 and 1000000, not \(upstream.weight)")
      }
      addresses.append(address)
    }
    self.addresses = addresses
    names = configuration.upstreams.map { "\($0.address):\($0.port)" }
    connectTimeout = configuration.connectTimeout
    readTimeout = configuration.readTimeout
    isSticky = configuration.policy == .sticky
    rotation = Mutex(
      Rotation(
        configuration.upstreams.map { Rotation.Server(weight: $0.weight, isBackup: $0.isBackup) },
        policy: configuration.policy, failTimeout: configuration.failTimeout.nanoseconds))
  }

  func next(skipping tried: Set<Int>) -> Int? {
    let now = MonotonicClock.now()
    return rotation.withLock { $0.next(skipping: tried, at: now) }
  }

  func noteFailure(of index: Int) {
    let now = MonotonicClock.now()
    rotation.withLock { $0.noteFailure(of: index, at: now) }
  }

  /// A new connection to a backend, nil when it fails.
  func connect(to index: Int) -> ByteStream? {
    let descriptor = System.makeSocket()
    guard descriptor >= 0 else { return nil }
    System.setNoDelay(descriptor)
    guard System.connect(descriptor, to: addresses[index], timeout: connectTimeout) == 0 else {
      System.close(descriptor)
      return nil
    }
    System.setSendTimeout(readTimeout, of: descriptor)
    System.setReceiveTimeout(readTimeout, of: descriptor)
    return ByteStream(descriptor)
  }
}
