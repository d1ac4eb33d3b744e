import Columnar
import QueryLang

/// Writes files of checkpoints on a thread of its own: neither the rows that come nor the thread that computes waits for the disk.
///
/// Of each view the newest file waits at most, so what waits is bounded by what the files may have.
final class CheckpointWriter: Sendable {
    /// The states of one view.
    struct File: Sendable {
        let name: String
        /// Who it is of, for messages.
        let view: String
        let bytes: [UInt8]
        /// How many instruments are in it.
        let count: Int
    }

    private struct State {
        var waiting: [File] = []
        /// Names of files that may stay; nil if that need not be looked at.
        var kept: Set<String>?
        var isBusy = false
        var isStopped = false

        var isIdle: Bool { waiting.isEmpty && kept == nil && !isBusy }
    }

    /// What is to be done next.
    private enum Work {
        case write(File)
        case removeOthers(Set<String>)
    }

    let options: FeatureCheckpointOptions
    private let sink: any TableSink
    private let log: @Sendable (String) -> Void
    private let statistics: FeatureViewStatistics
    private let state = Monitor(State())

    /// What files of checkpoints end with.
    private static let suffix = ".checkpoint"

    /// Nil if nothing is to be written.
    init?(_ dependencies: FeatureViewRuntime.Dependencies, _ statistics: FeatureViewStatistics) {
        guard let options = dependencies.checkpoints, let sink = dependencies.sink else { return nil }
        self.options = options
        self.sink = sink
        self.statistics = statistics
        log = dependencies.log
    }

    /// The name of a view's file.
    static func name(of view: String) -> String { String(SHA256.hexadecimal(of: view).prefix(32)) + suffix }

    /// Has a file written, in place of one of its name that waits.
    func write(_ file: File) {
        state.change { state in
            state.waiting.removeAll { $0.name == file.name }
            state.waiting.append(file)
        }
    }

    /// Has the files removed that have none of these names; those of them that wait are not written.
    func keep(only names: Set<String>) {
        state.change { state in
            state.waiting.removeAll { !names.contains($0.name) }
            state.kept = names
        }
    }

    /// Writes until it is stopped and nothing waits.
    func run() {
        while let next = state.wait({ Self.next(&$0) }), let work = next {
            switch work {
            case .write(let file): write(toDisk: file)
            case .removeOthers(let names): removeOthers(names)
            }
            state.change { $0.isBusy = false }
        }
    }

    /// Nothing yet, or nothing any more.
    private static func next(_ state: inout State) -> Work?? {
        if let names = state.kept {
            state.kept = nil
            state.isBusy = true
            return .removeOthers(names)
        }
        if !state.waiting.isEmpty {
            state.isBusy = true
            return .write(state.waiting.removeFirst())
        }
        return state.isStopped ? .some(nil) : nil
    }

    func waitUntilIdle() { _ = state.wait { $0.isIdle || $0.isStopped ? true : nil } }

    /// Ends the thread when all that waits is written.
    func stop() { state.change { $0.isStopped = true } }

    private func write(toDisk file: File) {
        do throws(TableError) {
            // A state must not know of rows that a crash of the machine can still take away.
            try sync()
            try options.files.replace(file.name, with: file.bytes)
            statistics.checkpoints.add(file.count)
        } catch {
            statistics.checkpointFailures.add()
            log("checkpoint of \(file.view) not written: \(error.message)")
        }
    }

    /// Waits until all that was committed so far is durable.
    private func sync() throws(TableError) {
        let answer = Monitor<Result<LSN, TableError>?>(nil)
        sink.append(AppendBatch(), durability: .sync) { result in answer.change { $0 = result } }
        _ = try answer.wait({ $0 })?.get()
    }

    private func removeOthers(_ names: Set<String>) {
        do throws(TableError) {
            for name in try options.files.names() where name.hasSuffix(Self.suffix) && !names.contains(name) {
                try options.files.remove(name)
            }
        } catch {
            log("checkpoints of views that are gone cannot be removed: \(error.message)")
        }
    }
}
