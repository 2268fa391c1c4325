extension LivePage {
  /// Light and dark as the reader's system is, from a phone's width up.
  static let style = """
    :root {
      color-scheme: light dark;
      --paper: #ffffff; --panel: #f5f7fa; --line: #d8dee6; --faint: #e9edf2; --text: #1c2430; --quiet: #56606e;
      --pass: #1a7f37; --fail: #c62330; --inconclusive: #8a5a00; --bar: #2f74c0; --strong: #174f8f; --pale: #4a8fd9; --other: #52647c;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #0f1319; --panel: #181d25; --line: #2d3440; --faint: #222934; --text: #e8edf4; --quiet: #9aa6b5;
        --pass: #4cc266; --fail: #ff7b72; --inconclusive: #e0b04a; --bar: #5a9fe6; --strong: #a8cff7; --pale: #5a9fe6; --other: #93a4ba;
      }
    }
    * { box-sizing: border-box }
    body {
      margin: 0; background: var(--paper); color: var(--text); overflow-wrap: anywhere;
      font: 1rem/1.5 system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif;
    }
    main { max-width: 66rem; margin: 0 auto; padding: clamp(1rem, 3vw, 2rem) }
    h1 { margin: 0 0 0.3rem; font-size: clamp(1.25rem, 1.1rem + 1.2vw, 1.7rem); line-height: 1.25 }
    h1 #target { font-weight: 400; color: var(--quiet) }
    h2 { margin: 0 0 0.6rem; font-size: 1.1rem }
    header p { margin: 0 0 0.5rem }
    progress { display: block; width: 100%; height: 0.6rem; accent-color: var(--bar) }
    section { margin-top: 1.75rem }
    dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.6rem; margin: 0 }
    dl div { padding: 0.6rem 0.8rem; border: 1px solid var(--line); border-radius: 8px; background: var(--panel) }
    dt { color: var(--quiet); font-size: 0.85rem }
    dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums }
    dd small { font-size: 0.85rem; color: var(--quiet) }
    svg { display: block; width: 100%; margin-bottom: 0.75rem }
    svg text { fill: var(--quiet); font: 12px system-ui, sans-serif }
    .grid { stroke: var(--faint) }
    .line { fill: none; stroke-width: 1.75; stroke-linejoin: round }
    .p50 { stroke: var(--pale) } .p99 { stroke: var(--strong) } .rate { stroke: var(--bar) }
    .failed { fill: var(--fail) } .life { fill: var(--bar) } .life.other { fill: var(--other) } text.in { fill: var(--paper); font-size: 10px } .mark { stroke: var(--quiet); stroke-dasharray: 3 3 }
    text.p50 { fill: var(--pale); stroke: none } text.p99 { fill: var(--strong); stroke: none }
    text.rate { fill: var(--bar); stroke: none } text.failed { fill: var(--fail) }
    .wide { overflow-x: auto }
    table { width: 100%; border-collapse: collapse; font-size: 0.925rem }
    th, td { padding: 0.35rem 0.6rem; border-bottom: 1px solid var(--faint); text-align: left; vertical-align: baseline }
    thead th { border-bottom-color: var(--line); color: var(--quiet); font-size: 0.85rem; white-space: nowrap }
    tbody th { font-weight: 500; min-width: 7rem }
    .figure { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
    .pass, .fail, .inconclusive { font-weight: 600; white-space: nowrap }
    .pass { color: var(--pass) } .fail { color: var(--fail) } .inconclusive { color: var(--inconclusive) }
    .quiet { color: var(--quiet) } .identifier { display: block; color: var(--quiet); font-size: 0.82em }
    .note { margin: 0.6rem 0 0; color: var(--quiet) }
    #result { margin: 0 0 0.75rem; padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); font-weight: 400; white-space: normal }
    iframe { display: block; width: 100%; height: 80vh; border: 1px solid var(--line); border-radius: 8px }
    @media (max-width: 36rem) {
      table { font-size: 0.8rem } thead th { font-size: 0.75rem; white-space: normal }
      th, td { padding: 0.35rem 0.15rem; overflow-wrap: normal } tbody th { min-width: 3rem } dd { font-size: 1.1rem }
    }
    """
}
