import HTTP
import Testing

/// One reason to refuse a response, with messages that give it.
struct HostileGroup: CustomTestStringConvertible {
  var cause: String
  var kind = ResponseFault.Kind.malformed
  var messages: [[UInt8]]

  var testDescription: String { cause }

  /// Messages short enough to be cut at every position.
  static let short: [HostileGroup] = openings + statusLines + heads + lengths + codings + folds + chunks + trailers

  private static let openings: [HostileGroup] = [
    HostileGroup(
      cause: "not HTTP/1",
      messages: [
        "SSH-2.0-OpenSSH_9.6\r\n", "220 smtp.alvin.xyz ESMTP\r\n", "HTTP/2.0 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n",
        "HTTP/0.9 200 OK\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n", " HTTP/1.1 200 OK\r\n\r\n", "<html>", "HTTPS", "\n",
        "\0HTTP/1.1 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/11 200 OK\r\n\r\n",
      ].map { Array($0.utf8) } + [
        // A TLS alert (fatal, unexpected message) and the preface of HTTP/2.
        [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x0A], [0, 0, 0x12, 4, 0, 0, 0, 0, 0],
      ])
  ]

  private static let statusLines: [HostileGroup] = [
    HostileGroup(
      cause: "a status line of another form",
      messages: [
        "HTTP/1.1 99 Low", "HTTP/1.1 099 Low", "HTTP/1.1 1000 High", "HTTP/1.1 abc OK", "HTTP/1.1 20x OK",
        "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK", "HTTP/1.1 200OK", "HTTP/1.1 200\tOK", "HTTP/1.1", "HTTP/1.1 ",
        "HTTP/1.1 20", "HTTP/1.x 200 OK", "HTTP/1.10 200 OK", "HTTP/1. 200 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 -20 OK",
        "HTTP/1.1 200\0OK", "HTTP/1.1 2\u{0}0 OK",
      ].map { response($0, "Content-Length: 0") }),
    HostileGroup(
      cause: "a NUL or bare CR in the status line",
      messages: [
        "HTTP/1.1 200 O\0K", "HTTP/1.1 200 a\rb", "HTTP/1.1 200 OK\r", "HTTP/1.1 200 \u{1B}\0",
      ].map { response($0, "Content-Length: 0") }),
    HostileGroup(
      cause: "101 unasked",
      messages: [
        response("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket"),
        response("HTTP/1.1 100 Continue") + response("HTTP/1.1 101 Switching Protocols"),
      ]),
  ]

  private static let heads: [HostileGroup] = [
    HostileGroup(
      cause: "not a field line",
      messages: [
        "No colon", ": no name", "Space : before colon", "Tab\t: before colon", "In the name: x", "Nul\0: x",
        "Return\r: x", "(comment): x", "X-Foo;: bar", "A: b\nno colon", "A: b\n\r", "\r", "Ünicode: x",
        " folded: but nothing before", "\tfolded", "Folded\r\n : name",
        "HTTP/1.1 200 OK",
      ].map { response("HTTP/1.1 200 OK", $0, "Content-Length: 0") }),
    HostileGroup(
      cause: "a NUL or bare CR in a value",
      messages: [
        "A: b\0", "A: \0", "A: b\u{7F}\rc", "A: b\rc", "A: b\r", "A: \u{1}\0", "A: b\r\n c\0", "A: b\n c\r",
        "Content-Length: 0\0",
      ].map { response("HTTP/1.1 200 OK", $0, "B: c") }),
  ]

  private static let lengths: [HostileGroup] = [
    HostileGroup(
      cause: "a length that is not a number",
      messages: [
        "-1", "+5", "0x5", "\u{1}5", "\u{B}5", "5\u{7F}", "5, 5", "5,5", "5;", "5 5", "five", "", "5.0", "1e3", "٥",
        "5_",
      ].map {
        response("HTTP/1.1 200 OK", "Content-Length: \($0)", content: "hello")
      }),
    HostileGroup(
      cause: "a huge length",
      messages: [
        "18446744073709551615", "18446744073709551616", "9223372036854775808", String(repeating: "9", count: 60),
        "00001000000000000000000",
      ].map { response("HTTP/1.1 200 OK", "Content-Length: \($0)", content: "hello") }),
    HostileGroup(
      cause: "two lengths",
      messages: ["5", "6", "0"].map {
        response("HTTP/1.1 200 OK", "Content-Length: 5", "A: b", "content-length: \($0)", content: "hello")
      }),
    HostileGroup(
      cause: "a length and a coding",
      messages: [
        response("HTTP/1.1 200 OK", "Content-Length: 5", "Transfer-Encoding: chunked", content: "0\r\n\r\n"),
        response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Content-Length: 5", content: "0\r\n\r\n"),
        response("HTTP/1.1 200 OK", "Transfer-Encoding: gzip", "Content-Length: 5", content: "hello"),
        response("HTTP/1.1 200 OK", "Transfer-Encoding:", "Content-Length: 5", content: "hello"),
      ]),
  ]

  private static let codings: [HostileGroup] = [
    HostileGroup(
      cause: "a coding in HTTP/1.0",
      messages: ["chunked", "gzip"].map {
        response("HTTP/1.0 200 OK", "Transfer-Encoding: \($0)", content: "0\r\n\r\n")
      }),
    HostileGroup(
      cause: "chunked before another coding",
      messages: [
        ["Transfer-Encoding: chunked, gzip"], ["Transfer-Encoding: chunked, chunked"],
        ["Transfer-Encoding: gzip, chunked,, identity"], ["Transfer-Encoding: chunked", "Transfer-Encoding: gzip"],
        ["Transfer-Encoding: chunked", "A: b", "TRANSFER-ENCODING: CHUNKED"],
      ].map { response("HTTP/1.1 200 OK", $0.joined(separator: "\r\n"), content: "0\r\n\r\n") }),
  ]

  private static let folds: [HostileGroup] = [
    HostileGroup(
      cause: "a length or coding over several lines",
      messages: [
        "Content-Length:\r\n 5", "Content-Length: 5\r\n ", "Content-Length: 5\n\t", "Content-Length: 1\r\n 5",
        "Transfer-Encoding:\r\n chunked", "Transfer-Encoding: chunked\n ", "Transfer-Encoding: gzip\r\n\t, chunked",
      ].map { response("HTTP/1.1 200 OK", $0, "A: b", content: "hello") }),
    HostileGroup(
      cause: "a control character in a coding",
      messages: ["\u{B}chunked", "chunked\u{1}", "chunked\u{C}", "\u{7F}", "gzip\u{B}, chunked"].map {
        response("HTTP/1.1 200 OK", "Transfer-Encoding: \($0)", content: "0\r\n\r\n")
      }),
  ]

  private static func chunked(_ content: String) -> [UInt8] {
    response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: content)
  }

  private static let chunks: [HostileGroup] = [
    HostileGroup(
      cause: "a chunk size that is not hexadecimal",
      messages: [
        "\r\n", "-1\r\n", "+1\r\n", "g\r\n", "0x5\r\nhello\r\n", " 5\r\nhello\r\n", ";a\r\n", "5g\r\n", "5,\r\n", "\n",
        "5\nhello\r\n", "\0", "3\r\nabc\r\n\r\n0\r\n\r\n", "٥\r\n",
      ].map(chunked)),
    HostileGroup(
      cause: "a chunk size of many digits",
      messages: [
        "FFFFFFFFFFFFFFFF\r\n", "10000000000000000\r\n", "7fffffffffffffff\r\n", "00001000000000000000\r\n",
        String(repeating: "0", count: 500) + "10000000000000005\r\n",
      ].map(chunked)),
    HostileGroup(
      cause: "something behind a chunk size",
      messages: ["5 5\r\nhello\r\n", "5 \n", "5\t\0", "5  x=y\r\n", "5 ,\r\n"].map(chunked)),
    HostileGroup(
      cause: "a chunk size line without CRLF",
      messages: ["5\rhello\r\n", "5\r\rhello", "5;a\rhello", "0\r0", "5;a=b\r;\n", "5 \r5"].map(chunked)),
    HostileGroup(
      cause: "a control character in an extension",
      messages: ["5;a\nhello", "5;\0\r\n", "5;a=\u{7F}\r\n", "5 ;\n"].map(chunked)),
    HostileGroup(
      cause: "a chunk longer than its size",
      messages: ["5\r\nhello!\r\n", "5\r\nhello\n0\r\n\r\n", "1\r\nab", "5\r\nhello0\r\n\r\n"].map(chunked)),
    HostileGroup(
      cause: "a chunk without CRLF behind it", messages: ["5\r\nhello\r0\r\n", "5\r\nhello\r\r\n"].map(chunked)),
  ]

  private static let trailers: [HostileGroup] = [
    HostileGroup(
      cause: "not a trailer line",
      messages: [
        "0\r\nHTTP/1.1 200 OK\r\n\r\n", "0\r\nno colon\r\n\r\n", "0\r\n: x\r\n\r\n", "0\r\nA : x\r\n\r\n",
        "0\r\n\n", "0\r\n folded\r\n\r\n", "0\r\nA: b\r\nB\0: c\r\n", "0\r\nA\r\n\r\n", "0\r\nA: b\r\n\n",
      ].map(chunked)),
    HostileGroup(
      cause: "a NUL or bare LF in a trailer",
      messages: ["0\r\nA: b\n\r\n", "0\r\nA: \0\r\n", "0\r\nA: b\r\n c\u{7F}\0\r\n", "0\r\nA:\n"].map(chunked)),
    HostileGroup(
      cause: "a trailer line without CRLF", messages: ["0\r\nA: b\rc\r\n", "0\r\nA: b\r\r\n\r\n"].map(chunked)),
    HostileGroup(cause: "trailers that end without CRLF", messages: ["0\r\n\r0", "0\r\nA: b\r\n\rX"].map(chunked)),
  ]

  /// Messages that never end, as long as is needed to go beyond every limit.
  static let endless: [HostileGroup] = [
    HostileGroup(
      cause: "a head without end", kind: .oversized,
      messages: [
        Array(("HTTP/1.1 200 OK\r\n" + repeated("X-More: and more\r\n")).utf8),
        Array(("HTTP/1.1 200 OK\r\nX-Line: " + repeated("and more ")).utf8),
        Array(("HTTP/1.1 200 OK\r\nX-Fold: a\r\n" + repeated(" and more\r\n")).utf8),
        Array(("HTTP/1.1 200 " + repeated("very ")).utf8), Array(("HTTP/1.1 200 OK\r\nX" + repeated("name")).utf8),
        // The end, a bare LF or a NUL beyond the limit change nothing.
        response("HTTP/1.1 200 OK", "X-Line: " + repeated("too long ")),
        Array(("HTTP/1.1 200 OK\r\nX-Line: " + repeated("and more ") + "\n\n\0").utf8),
        response("HTTP/1.1 100 Continue") + Array(("HTTP/1.1 200 OK\r\nX-Line: " + repeated("and more ")).utf8),
      ]),
    HostileGroup(
      cause: "interim responses without end", kind: .oversized,
      messages: [
        Array(repeated("HTTP/1.1 100 Continue\r\n\r\n").utf8),
        Array(repeated("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").utf8),
      ]),
    HostileGroup(
      cause: "a line with a chunk size without end", kind: .oversized,
      messages: [
        repeated("0"), "5;a=" + repeated("b"), "5" + repeated(" "), "5 ;" + repeated(" a"), "0;" + repeated("\t"),
      ].map(
        chunked)
    ),
    HostileGroup(
      cause: "trailers without end", kind: .oversized,
      messages: [
        "0\r\n" + repeated("A: b\r\n"), "0\r\nA: " + repeated("b"), "0\r\n" + repeated("A"),
        "0\r\nA: b\r\n" + repeated(" c\r\n"), "0\r\n" + repeated("A:\r\n"),
      ].map(chunked)),
  ]

  private static func repeated(_ text: String) -> String {
    String(repeating: text, count: 110_000 / text.utf8.count)
  }
}
