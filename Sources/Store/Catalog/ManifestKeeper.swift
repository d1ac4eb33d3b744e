import Columnar
import Synchronization

/// The one way to change the manifest: flushes, merges, retention and backups take turns.
final class ManifestKeeper: Sendable {
    private let directory: String
    private let files: any FileSystem
    private let current: Monitor<Manifest>
    private let segmentID: Atomic<UInt64>

    init(_ manifest: Manifest, directory: String, files: any FileSystem) {
        self.directory = directory
        self.files = files
        self.current = Monitor(manifest)
        self.segmentID = Atomic(manifest.nextSegmentID)
    }

    var manifest: Manifest { current.withLock { $0 } }

    /// A number that no other segment has.
    func nextSegmentID() -> UInt64 { segmentID.add(1, ordering: .relaxed).oldValue }

    /// Why a change was not made.
    enum Failure: Error {
        /// Nothing happened.
        case notWritten(TableError)
        /// The disk may hold the manifest before or after the change.
        case unknown(TableError)

        var error: TableError {
            switch self {
            case .notWritten(let error), .unknown(let error): error
            }
        }
    }

    /// Writes the manifest with a change, and once it is durable calls `publish` before anyone else may change it.
    ///
    /// - Parameters:
    ///   - change: changes the manifest; false leaves it as it is.
    ///   - publish: shows readers what the manifest says now.
    /// - Returns: what `change` returned.
    @discardableResult
    func update(
        _ change: (inout Manifest) -> Bool,
        publish: (Manifest) -> Void
    ) throws(Failure) -> Bool {
        try current.withLock { manifest -> Result<Bool, Failure> in
            var next = manifest
            guard change(&next) else { return .success(false) }
            next.nextSegmentID = segmentID.load(ordering: .relaxed)
            next.tidy()
            do throws(TableError) {
                try next.prepare(directory: directory, files: files)
            } catch {
                return .failure(.notWritten(error))
            }
            do throws(TableError) {
                try next.commit(directory: directory, files: files)
            } catch {
                return .failure(.unknown(error))
            }
            manifest = next
            publish(next)
            return .success(true)
        }.get()
    }

    /// Holds off changes while `body` looks at the manifest.
    func reading<Result>(_ body: (Manifest) -> Result) -> Result { current.withLock { body($0) } }
}
