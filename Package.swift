// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Our own code in release: exclusivity is proven by the debug tests, and small public functions inline across modules.
let optimized: [SwiftSetting] =
    strict + [
        .unsafeFlags(["-enforce-exclusivity=unchecked", "-cross-module-optimization"], .when(configuration: .release))
    ]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yaml: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "tickgate",
    products: [
        .executable(name: "tickgate", targets: ["tickgate"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .target(name: "CKernels"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),

        .target(name: "Documents", swiftSettings: optimized),
        .target(name: "Columnar", swiftSettings: optimized),
        .target(name: "Market", swiftSettings: optimized),
        .target(name: "Store", dependencies: ["Columnar", "CKernels", "CLZ4"], swiftSettings: optimized),
        .target(name: "QueryLang", dependencies: ["Columnar"], swiftSettings: optimized),
        .target(
            name: "Engine",
            dependencies: ["Columnar", "Market", "QueryLang", "CKernels"],
            swiftSettings: optimized
        ),
        .target(
            name: "Wire",
            dependencies: ["CZlib", nio, nioPosix, nioTLS],
            swiftSettings: optimized
        ),
        .target(
            name: "Ingest",
            dependencies: ["Market", "Columnar", "Wire", "CZlib", nio, nioPosix, nioTLS, logging],
            swiftSettings: optimized
        ),
        .target(name: "Simulator", dependencies: ["Market", "Wire", nio, nioPosix, nioTLS], swiftSettings: optimized),
        .target(
            name: "MarketStore",
            dependencies: ["Documents", "Columnar", "QueryLang", "Engine"],
            swiftSettings: optimized
        ),
        .target(
            name: "Gateway",
            dependencies: [
                "Documents", "Wire", "Engine", "QueryLang", "Columnar", "Market", "MarketStore", nio, nioPosix, nioTLS,
                logging,
            ],
            swiftSettings: optimized
        ),
        .target(
            name: "Application",
            dependencies: [
                "Documents", "Columnar", "Market", "Store", "QueryLang", "Engine", "Wire", "Ingest", "Simulator",
                "MarketStore", "Gateway", nio, nioPosix, nioTLS, logging, arguments, yaml,
            ],
            swiftSettings: optimized
        ),
        .executableTarget(name: "tickgate", dependencies: ["Application"], swiftSettings: optimized),

        .target(name: "Measurement", path: "Benchmarks/Measurement", swiftSettings: optimized),
        .executableTarget(
            name: "StoreBench",
            dependencies: ["Measurement", "Store", "Columnar", "CKernels"],
            path: "Benchmarks/StoreBench",
            swiftSettings: optimized
        ),
        .executableTarget(
            name: "WireBench",
            dependencies: ["Measurement", "Wire", nio, nioHTTP, nioWebSocket, nioEmbedded],
            path: "Benchmarks/WireBench",
            swiftSettings: optimized
        ),
        .executableTarget(
            name: "OutputBench",
            dependencies: ["Measurement", "Engine", "QueryLang", "Columnar"],
            path: "Benchmarks/OutputBench",
            swiftSettings: optimized
        ),

        .target(
            name: "OperatorLoops",
            path: "Benchmarks/OperatorLoops",
            cSettings: [.unsafeFlags(["-O3"], .when(configuration: .release))]
        ),
        .executableTarget(
            name: "OperatorBench",
            dependencies: ["Measurement", "Engine", "QueryLang", "Columnar", "OperatorLoops"],
            path: "Benchmarks/OperatorBench",
            swiftSettings: optimized
        ),
        .executableTarget(
            name: "MarketLoader",
            dependencies: ["Measurement", "Store", "Columnar", "Engine"],
            path: "Benchmarks/MarketLoader",
            swiftSettings: optimized
        ),

        .executableTarget(
            name: "LiveBench",
            dependencies: ["Engine", "Store", "QueryLang", "Columnar", "Market"],
            path: "Benchmarks/LiveBench",
            swiftSettings: optimized
        ),
        .executableTarget(
            name: "StreamBench",
            dependencies: ["Gateway", "Wire", "Engine", "QueryLang", "Columnar", "Market", nio, nioPosix],
            path: "Benchmarks/StreamBench",
            swiftSettings: optimized
        ),

        .target(name: "TestSupport", dependencies: ["Columnar"], path: "Tests/Support", swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "ColumnarTests", dependencies: ["Columnar"], swiftSettings: strict),
        .testTarget(name: "MarketTests", dependencies: ["Market"], swiftSettings: strict),
        .target(
            name: "StoreSupport",
            dependencies: ["Store", "Columnar", "TestSupport"],
            path: "Tests/StoreSupport",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "store-torture",
            dependencies: ["StoreSupport"],
            path: "Tests/StoreTorture",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "store-writer",
            dependencies: ["StoreSupport", "Store", "Columnar"],
            path: "Tests/StoreWriter",
            swiftSettings: strict
        ),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Store", "Columnar", "StoreSupport", "store-writer"],
            swiftSettings: strict
        ),
        .target(
            name: "QuerySupport",
            dependencies: ["Engine", "QueryLang", "Store", "Columnar", "StoreSupport", "TestSupport"],
            path: "Tests/QuerySupport",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "query-torture",
            dependencies: ["QuerySupport"],
            path: "Tests/QueryTorture",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "query-probe",
            dependencies: ["QuerySupport", "Engine", "QueryLang", "Columnar", "TestSupport"],
            path: "Tests/QueryProbe",
            swiftSettings: strict
        ),
        .testTarget(name: "QueryLangTests", dependencies: ["QueryLang", "Columnar"], swiftSettings: strict),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine", "QueryLang", "Columnar", "Market", "Ingest", "Store", "StoreSupport", "QuerySupport",
                "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "QueryTests",
            dependencies: ["Engine", "QueryLang", "Columnar", "QuerySupport", "TestSupport"],
            exclude: ["cases"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "websocket-echo",
            dependencies: ["Wire", nio, nioPosix],
            path: "Tests/WebSocketEcho",
            swiftSettings: strict
        ),
        .testTarget(
            name: "WireTests",
            dependencies: ["Wire", nio, nioPosix, nioHTTP, nioWebSocket, nioEmbedded, nioTLS],
            swiftSettings: strict
        ),
        .testTarget(
            name: "IngestTests",
            dependencies: ["Ingest", "Simulator", "Market", "Wire", nio, nioPosix, logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SimulatorTests",
            dependencies: ["Simulator", "Ingest", "Market", "Wire", nio, nioPosix],
            swiftSettings: strict
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "Documents", "Wire", "Engine", "QueryLang", "Columnar", "Market", "MarketStore", nio,
                nioPosix, nioEmbedded,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MarketStoreTests",
            dependencies: [
                "MarketStore", "Documents", "Engine", "QueryLang", "Columnar", "Store", "StoreSupport", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ApplicationTests",
            dependencies: [
                "Application", "Documents", "MarketStore", "Engine", "QueryLang", "Store", "Gateway", "Columnar",
                "TestSupport",
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)

/// MarketStore's gRPC service costs minutes to build and some 230 MB to fetch, so it is there on request only.
if Context.environment["TICKGATE_GRPC"] == "1" {
    package.products.append(.executable(name: "tickgate-grpc", targets: ["tickgate-grpc"]))
    package.dependencies += [
        .package(url: "https://github.com/grpc/grpc-swift-2", exact: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", exact: "2.4.1"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
    ]
    let grpc: [Target.Dependency] = [
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    ]
    package.targets += [
        .target(
            name: "MarketStoreGRPC",
            dependencies: [
                "MarketStore", nio, nioPosix, .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
            ] + grpc,
            exclude: ["Protocol/marketstore.proto"],
            swiftSettings: optimized
        ),
        .executableTarget(
            name: "tickgate-grpc",
            dependencies: ["Application", "MarketStoreGRPC"],
            swiftSettings: optimized
        ),
        .testTarget(
            name: "MarketStoreGRPCTests",
            dependencies: [
                "MarketStoreGRPC", "MarketStore", "Engine", "Columnar", "Store", "StoreSupport", "TestSupport",
            ] + grpc,
            swiftSettings: strict
        ),
    ]
}
