extension CompletionTable {
  var fish: String { "" }
}
