internal import Engine
internal import Market
internal import Synchronization

/// Features that are published together: those that every instrument has, or the fields of one feature view.
///
/// A subscription holds features of one group. Each group has a chain of updates of its own for each instrument.
final class FeatureGroup: Sendable {
    /// Its number, by which updates and states name it.
    let index: Int
    /// The feature view, `micro@v3`; nil for the built-in features.
    let view: String?
    let features: [Feature]
    let instruments: any InstrumentNames
    /// Those that change with the book: a subscription to all of them is told of each change of the book.
    let bookFeatures: Set<Int>
    /// How long values are fresh after an event; nil for ever.
    let timeToLive: Int64?
    private let confirmations = Mutex<[UInt32: Confirmation]>([:])

    /// The last event of an instrument, whether it changed a feature or not.
    struct Confirmation {
        var exchangeTime: Int64
        var computeTime: Int64
    }

    init(
        index: Int,
        view: String?,
        features: [Feature],
        instruments: any InstrumentNames,
        timeToLive: Int64? = nil
    ) {
        self.index = index
        self.view = view
        self.timeToLive = timeToLive
        self.features = features
        self.instruments = instruments
        bookFeatures = Set(features.indices.filter { features[$0].view == FeatureCatalog.bookView })
    }

    /// Notes an event that may have changed nothing.
    func confirm(_ instrument: UInt32, _ confirmation: Confirmation) {
        confirmations.withLock { $0[instrument] = confirmation }
    }

    /// The last event that was noted; nil if none was.
    func confirmation(of instrument: UInt32) -> Confirmation? { confirmations.withLock { $0[instrument] } }
}

/// The instruments of a group of features: numbers and names.
protocol InstrumentNames: Sendable {
    func name(of id: UInt32) -> String
    func number(named name: String) -> UInt32?
    /// The number of an instrument that there is, though nothing was published of it here yet.
    func adopt(_ name: String) -> UInt32?
    var allNames: [String] { get }
}

extension InstrumentRegistry: InstrumentNames {
    func name(of id: UInt32) -> String { instrument(InstrumentID(rawValue: id)).name }
    func number(named name: String) -> UInt32? { id(named: name)?.rawValue }
    func adopt(_ name: String) -> UInt32? { number(named: name) }
    var allNames: [String] { all.map(\.name) }
}

/// Instruments of a feature view, numbered as they appear.
final class ViewInstruments: InstrumentNames {
    private let state = Mutex<(names: [String], numbers: [String: UInt32])>(([], [:]))

    func name(of id: UInt32) -> String { state.withLock { Int(id) < $0.names.count ? $0.names[Int(id)] : "" } }
    func number(named name: String) -> UInt32? { state.withLock { $0.numbers[name] } }
    func adopt(_ name: String) -> UInt32? { intern(name) }
    var allNames: [String] { state.withLock { $0.names } }

    /// The number of an instrument, a new one if it is not known.
    func intern(_ name: String) -> UInt32 {
        state.withLock { state in
            if let number = state.numbers[name] { return number }
            let number = UInt32(state.names.count)
            state.names.append(name)
            state.numbers[name] = number
            return number
        }
    }
}

/// The groups that there are; feature views come while subscribers are connected.
final class FeatureGroups: Sendable {
    private struct State {
        /// Each at its index for ever: updates and states bear it.
        var groups: [FeatureGroup]
        var views: [String: FeatureGroup] = [:]
    }

    private let state: Mutex<State>

    init(_ builtIn: FeatureGroup) { state = Mutex(State(groups: [builtIn])) }

    subscript(index: Int) -> FeatureGroup? {
        state.withLock { $0.groups.indices.contains(index) ? $0.groups[index] : nil }
    }

    /// The group of a view; nil if there is none of that name.
    func group(ofView name: String) -> FeatureGroup? { state.withLock { $0.views[name] } }

    /// The group of the newest version of a view, by its name without one.
    func newest(ofView name: String) -> FeatureGroup? {
        state.withLock { state in
            let prefix = name + "@v"
            let versions = state.views.compactMap { view, group in
                view.hasPrefix(prefix) ? Int(view.dropFirst(prefix.count)).map { ($0, group) } : nil
            }
            return versions.max { $0.0 < $1.0 }?.1
        }
    }

    var viewNames: [String] { state.withLock { $0.views.keys.sorted() } }

    /// Adds the group of a view.
    func add(
        view: String,
        features: [Feature],
        instruments: any InstrumentNames,
        timeToLive: Int64? = nil
    ) -> FeatureGroup {
        state.withLock { state in
            let index = state.groups.count
            let group = FeatureGroup(
                index: index,
                view: view,
                features: features,
                instruments: instruments,
                timeToLive: timeToLive
            )
            state.groups.append(group)
            state.views[view] = group
            return group
        }
    }

    /// Takes the name of a view away; its subscribers keep what they have.
    func retire(view: String) { state.withLock { $0.views[view] = nil } }
}
