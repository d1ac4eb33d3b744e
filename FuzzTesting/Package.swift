// swift-tools-version: 6.2
import PackageDescription

// Fuzz targets, apart from the main package: every module that they reach is built with sanitizers. See README.md.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "fuzz-testing",
    dependencies: [.package(url: "https://github.com/apple/swift-nio", exact: "2.101.2")],
    targets: [
        .target(name: "CLibFuzzer"),
        .target(name: "Documents", swiftSettings: strict),
        .target(name: "Columnar", swiftSettings: strict),
        .target(name: "QueryLang", dependencies: ["Columnar"], swiftSettings: strict),
        .executableTarget(
            name: "QueryTextFuzzer",
            dependencies: ["CLibFuzzer", "Columnar", "QueryLang"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "RPCFuzzer",
            dependencies: ["CLibFuzzer", "Columnar", "Documents"],
            swiftSettings: strict
        ),
        // Links to the parsers of Sources/MarketStore, and to what they make.
        .target(name: "MarketStore", dependencies: ["Columnar"], swiftSettings: strict),
        .executableTarget(
            name: "MarketStoreFuzzer",
            dependencies: ["CLibFuzzer", "Columnar", "MarketStore"],
            swiftSettings: strict
        ),
        .systemLibrary(name: "CZlib"),
        .executableTarget(
            name: "WireFuzzer",
            dependencies: ["CLibFuzzer", "CZlib", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
