// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

func floor(_ name: String, on dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, with dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.byName(name: name)] + dependencies,
    exclude: exclude,
    swiftSettings: settings
  )
}

let package = Package(
  name: "lbcheck",
  products: [.executable(name: "lbcheck", targets: ["lbcheck"])],
  targets: [
    .target(name: "CLinux", linkerSettings: [.linkedLibrary("resolv")]),

    floor("Platform", on: ["CLinux"]),
    floor("Statistics"),
    floor("HTTP"),

    floor("Load", on: ["CLinux", "HTTP", "Platform", "Statistics"]),
    floor("Report", on: ["Platform", "Statistics"]),

    floor("Testbed", on: ["CLinux", "Platform", "Statistics"]),

    floor("Deployment", on: ["Platform"]),

    floor("Checks", on: ["Deployment", "HTTP", "Load", "Platform", "Report", "Statistics", "Testbed"]),

    .executableTarget(
      name: "lbcheck",
      dependencies: [
        "CLinux", "Checks", "Deployment", "HTTP", "Load", "Platform", "Report", "Statistics", "Testbed",
      ],
      swiftSettings: settings
    ),

    .target(
      name: "Support",
      dependencies: ["CLinux", "HTTP", "Load", "Platform", "Statistics"],
      path: "Tests/Support",
      swiftSettings: settings
    ),
    tests(of: "Platform", with: ["Support"]),
    tests(of: "Statistics", with: ["Support"]),
    tests(of: "HTTP", with: ["Support"]),
    tests(of: "Load", with: ["HTTP", "Platform", "Statistics", "Support"]),
    tests(of: "Report", with: ["Statistics", "Support"], exclude: ["Golden"]),
    tests(of: "Testbed", with: ["CLinux", "Support"]),
    tests(of: "Deployment", with: ["Support"], exclude: ["Fixtures"]),
    tests(
      of: "Checks", with: ["Deployment", "HTTP", "Load", "Platform", "Report", "Statistics", "Support"],
      exclude: ["Golden"]),
    tests(of: "lbcheck", with: ["Checks", "Deployment", "HTTP", "Load", "Platform", "Report", "Support"]),
    .testTarget(
      name: "IntegrationTests",
      dependencies: ["Checks", "Load", "Report", "Statistics", "Support", "lbcheck"],
      exclude: ["Kubernetes", "PM2", "Python"],
      swiftSettings: settings
    ),
  ]
)
