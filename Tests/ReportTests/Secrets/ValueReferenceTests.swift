import Report
import Testing

@Suite struct ValueReferenceTests {
  @Test(
    "One @ names a file or a variable, two stand for one, and nothing else is a reference",
    arguments: [
      ("@a", .file("a"), "@a"), ("@/run/a b", .file("/run/a b"), "@/run/a b"), ("@", .file(""), "@"),
      ("@env:TOKEN", .variable("TOKEN"), "@env:TOKEN"), ("@env:", .variable(""), "@env:"),
      ("@./env:a", .file("./env:a"), "@./env:a"), ("@@a", nil, "@a"), ("@@", nil, "@"), ("@@@a", nil, "@@a"),
      ("a@b", nil, "a@b"), ("", nil, ""), (" @a", nil, " @a"),
    ] as [(String, ValueReference?, String)])
  func forms(text: String, reference: ValueReference?, literal: String) {
    #expect(ValueReference(text) == reference)
    #expect(ValueReference.literal(text) == literal)
  }

  @Test("A command of lbcheck shows where its credentials stand, and no credential that stands in it")
  func commands() {
    let shown = Secrets.words([
      "lbcheck", "load", "http://a/", "-H", "Authorization: @env:TOKEN", "-HX-Key: @/run/key", "-b",
      "a=@sid; b=planted", "--cookie=c=@env:SID", "--body", "@order.json", "--body=@env:ORDER",
    ])
    #expect(shown[4] == "Authorization: @env:TOKEN" && shown[5] == "-HX-Key: @/run/key", "\(shown)")
    #expect(shown[7].hasPrefix("a=@sid; b=…("), "\(shown)")
    #expect(shown[8] == "--cookie=c=@env:SID" && shown[10] == "@order.json" && shown[11] == "--body=@env:ORDER")
    let literal = Secrets.words([
      "lbcheck", "load", "-H", "Authorization: @@planted", "-b", "a=@@planted", "--body", "@@planted",
    ])
    #expect(!literal.contains { $0.contains("planted") }, "\(literal)")
    // Other programs know no such reference in a header.
    let other = Secrets.words(["curl", "-H", "X-Pass: @planted", "http://a/"])
    #expect(!other[2].contains("planted"), "\(other)")
  }

  @Test("Running text keeps a variable's name, and what a message says of an option")
  func text() {
    for text in [
      "Authorization: @env:TOKEN", "?token=@env:TOKEN", "--cookie takes NAME=VALUE, not 'x'",
      "header 'Authorization': @/run/key: No such file or directory",
    ] { #expect(Secrets.text(text) == text) }
    for text in ["Authorization: @env:TO KEN", "token=@planted9", "password: @@env:abc9def"] {
      #expect(Secrets.text(text) != text)
    }
  }

  @Test("A body's size is said, and its bytes are not")
  func body() {
    let shown = Secrets.body(Array("planted".utf8))
    #expect(shown.hasPrefix("…(7 bytes, ") && shown == Secrets.body("planted"))
    #expect(Secrets.holdsHash(shown))
  }
}
