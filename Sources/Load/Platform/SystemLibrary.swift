internal import Glibc

/// A library of the system that a run opens when it first needs it: building needs none of its headers.
struct SystemLibrary {
  /// What it is needed for, and what an error says where it is not there.
  struct Need: Sendable {
    /// What cannot be done without it, such as `https://`.
    let purpose: String
    let library: String
    /// Debian's package.
    let package: String
    /// What the names of its functions begin with, where they are given without it.
    var prefix = ""
    let error: @Sendable (String) -> LoadError
  }

  private let file: String
  private let handle: UnsafeMutableRawPointer
  private let need: Need

  /// Opens a library for the process's life.
  ///
  /// - Parameters:
  ///   - file: its name for the loader, such as `libssl.so.3`.
  ///   - table: makes a table of its functions.
  static func open<Table>(
    _ file: String, for need: Need, _ table: (SystemLibrary) throws(LoadError) -> Table
  ) -> Result<UnsafePointer<Table>, LoadError> {
    do throws(LoadError) {
      guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
        let reason = dlerror().map { String(cString: $0) } ?? file
        throw need.error(
          "\(need.purpose) needs \(need.library) (\(reason)); on Debian: apt-get install \(need.package)")
      }
      let made = UnsafeMutablePointer<Table>.allocate(capacity: 1)
      made.initialize(to: try table(SystemLibrary(file: file, handle: handle, need: need)))
      return .success(UnsafePointer(made))
    } catch {
      return .failure(error)
    }
  }

  /// One of its functions, as the type that the caller knows it to have.
  func find<Function>(_ name: String) throws(LoadError) -> Function {
    guard let address = dlsym(handle, need.prefix + name) else {
      throw need.error(
        "\(need.purpose) needs \(need.library), and \(file) has no \(need.prefix)\(name); on Debian: apt-get install "
          + need.package)
    }
    return unsafeBitCast(address, to: Function.self)
  }
}
