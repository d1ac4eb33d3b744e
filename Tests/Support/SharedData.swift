import Glibc

/// Recordings and golden files that lie beside the repository and are never committed.
public enum SharedData {
    /// The directory: `TICKGATE_SHARED`, else `../shared` from the package's root.
    public static let directory: String = {
        if let path = getenv("TICKGATE_SHARED") { return String(cString: path) }
        return "../shared"
    }()

    /// Why tests that need the data are skipped.
    public static let skipMessage: String = "no shared data at '\(directory)'; set TICKGATE_SHARED"

    /// Whether there is a file of this path below the directory.
    public static func has(_ path: String) -> Bool { access(self.path(path), R_OK) == 0 }

    /// The full path of a file below the directory.
    public static func path(_ path: String) -> String { "\(directory)/\(path)" }
}
