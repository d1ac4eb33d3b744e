import Glibc

/// Where recorded data lies: `TICKGATE_SHARED`, or `../shared` beside the package.
enum SharedData {
    static let root: String = getenv("TICKGATE_SHARED").map { String(cString: $0) } ?? "../shared"

    static func path(_ name: String) -> String { "\(root)/data/\(name)" }

    static func has(_ name: String) -> Bool { access(path(name), R_OK) == 0 }

    static let btcusdt = [path("binance_spot/btcusdt_20240808.gz"), path("binance_spot/btcusdt_20240809.gz")]

    static var hasBTCUSDT: Bool { btcusdt.allSatisfy { access($0, R_OK) == 0 } }

    static let missing = "the recordings are not there; set TICKGATE_SHARED to the folder that holds data/"
}
