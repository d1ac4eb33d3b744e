/// One thread's part in an execution: what it must not share with others.
final class Worker {
    let context: ExecutionContext
    /// Compiled expressions and scratch of operators; an operator finds its own by its identity. The operator is kept alive,
    /// so that its identity is not used again.
    private var states: [ObjectIdentifier: (owner: AnyObject, state: AnyObject)] = [:]

    init(_ context: ExecutionContext) { self.context = context }

    /// What an operator keeps for this thread; made on the first call.
    func state<State: AnyObject>(of owner: AnyObject, _ make: () -> State) -> State {
        let key = ObjectIdentifier(owner)
        if let known = states[key]?.state as? State { return known }
        let made = make()
        states[key] = (owner, made)
        return made
    }
}
