"""MarketStore's gRPC service: its own Python client against the program tickgate-grpc."""

import os
import re
import threading

import grpc
import numpy as np
import pandas as pd
import pymarketstore
import pymarketstore.proto.marketstore_pb2 as proto
import pytest

from support.process import Gateway, wait_until

BARS = [("Epoch", "i8"), ("Open", "f4"), ("Volume", "f8")]
SECONDS = 30


@pytest.fixture(scope="session")
def grpc_binary(binary):
    """The program with gRPC, beside the other one unless TICKGATE_GRPC_BIN names it."""
    path = os.environ.get("TICKGATE_GRPC_BIN") or binary.with_name("tickgate-grpc")
    if not os.path.isfile(path):
        pytest.skip(f"{path} does not exist; build it with TICKGATE_GRPC=1 swift build --product tickgate-grpc")
    return path


@pytest.fixture
def serve_grpc(grpc_binary, directory, request):
    """Starts the program with gRPC on a free port; gives the gateway and its endpoint."""
    started = []

    def start(*arguments, listen="127.0.0.1:0"):
        gateway = Gateway(
            grpc_binary, directory / "data", "--set", f"marketstore.grpc_listen={listen}", *arguments
        )
        started.append(gateway)
        request.config.processes.append(gateway)
        gateway.wait_until_ready()
        wait_until(lambda: "by gRPC on" in gateway.log(), SECONDS)
        return gateway, re.search(r"by gRPC on (\S+)\.", gateway.log())[1]

    yield start
    for process in started:
        process.kill()
        request.config.processes.remove(process)


def client(endpoint):
    return pymarketstore.Client(endpoint, grpc=True)


def bars(first, count):
    return np.array([(60 * i, i, i * 0.5) for i in range(first, first + count)], dtype=BARS)


def test_the_python_client_works(serve_grpc):
    _, endpoint = serve_grpc()
    store = client(endpoint)
    assert str(store.write(bars(0, 100), "A/1Min/OHLCV")) == ""
    store.write(bars(50, 10), "B/1Min/OHLCV")
    assert sorted(store.list_symbols()) == ["A", "B"]
    tbk = pymarketstore.params.ListSymbolsFormat.TBK
    assert sorted(store.list_symbols(tbk)) == ["A/1Min/OHLCV", "B/1Min/OHLCV"]
    assert store.server_version()

    frame = store.query(pymarketstore.Params("A", "1Min", "OHLCV")).first().df()
    assert list(frame["Open"]) == list(range(100)) and frame["Open"].dtype == np.float32
    assert frame.index[1] == pd.Timestamp("1970-01-01T00:01:00Z")
    last = store.query(pymarketstore.Params("A", "1Min", "OHLCV", limit=3)).first().df()
    assert list(last["Open"]) == [97, 98, 99]
    start, end = pd.Timestamp(600, unit="s", tz="UTC"), pd.Timestamp(720, unit="s", tz="UTC")
    part = store.query(pymarketstore.Params("A", "1Min", "OHLCV", start=start, end=end)).first().df()
    assert list(part["Open"]) == [10, 11, 12]
    both = store.query(pymarketstore.Params(["A", "B"], "1Min", "OHLCV", limit=2)).first()
    assert {key: len(value.array) for key, value in store.query(
        pymarketstore.Params(["A", "B"], "1Min", "OHLCV", limit=2)
    ).all().items()} == {"A/1Min/OHLCV": 2, "B/1Min/OHLCV": 2} and both

    ticks = [("Epoch", "i8"), ("Px", "f4")]
    created = store.create("T/1Min/TICK", ticks, isvariablelength=True)
    assert [response.error for response in created.responses] == [""]
    rows = np.array([(60, 1.5, 5_000), (60, 2.5, 500_000_000)], dtype=ticks + [("Nanoseconds", "i4")])
    store.write(rows, "T/1Min/TICK", isvariablelength=True)
    frame = store.query(pymarketstore.Params("T", "1Min", "TICK")).first().df()
    assert list(frame["Nanoseconds"]) == [5_000, 500_000_000]

    destroyed = store.destroy("B/1Min/OHLCV")
    assert [response.error for response in destroyed.responses] == [""]
    assert "B" not in store.list_symbols()


def test_a_request_that_makes_no_sense_is_an_error_and_no_more(serve_grpc):
    gateway, endpoint = serve_grpc()
    store = client(endpoint)
    store.write(bars(0, 3), "A/1Min/OHLCV")
    stub = store.client.stub if hasattr(store, "client") else store.stub
    for destination in ["A/B", "", "/", "A", "A/B/C/D", "*", "NO/1Min/OHLCV", "A/1Min/OHLCV:x:y:z", "../1Min/A"]:
        with pytest.raises(grpc.RpcError) as error:
            stub.Query(proto.MultiQueryRequest(requests=[proto.QueryRequest(destination=destination)]))
        assert error.value.code() == grpc.StatusCode.UNKNOWN, destination
    with pytest.raises(grpc.RpcError) as error:
        store.query(pymarketstore.Params("NO", "1Min", "OHLCV"))
    assert error.value.details() == "no files returned from query parse"
    with pytest.raises(grpc.RpcError):
        store.query(pymarketstore.Params("A", "1Min", "OHLCV", limit=-1))
    bad = proto.MultiCreateRequest(requests=[proto.CreateRequest(key="C/1Min/X", row_type="nope")])
    assert stub.Create(bad).responses[0].error == 'record type "nope" must be one of fixed or variable'

    # Bytes that are no message at all, on every method.
    channel = grpc.insecure_channel(endpoint)
    for method in ["Query", "Write", "Create", "Destroy", "ListSymbols", "ServerVersion", "Nope"]:
        for body in [b"\xff" * 50, b"\x0a\xff\xff\xff\xff\x0f", b"\x0b"]:
            call = channel.unary_unary(f"/proto.Marketstore/{method}", lambda value: value, lambda value: value)
            with pytest.raises(grpc.RpcError):
                call(body, timeout=SECONDS)
    assert list(store.query(pymarketstore.Params("A", "1Min", "OHLCV")).first().df()["Open"]) == [0, 1, 2]
    assert gateway.is_running


def test_what_was_acknowledged_survives_kill_9(serve_grpc):
    gateway, endpoint = serve_grpc()
    acknowledged = [[] for _ in range(4)]

    def writer(index):
        store = client(endpoint)
        row = 0
        try:
            while True:
                store.write(bars(row, 1), f"W{index}/1Min/OHLCV")
                acknowledged[index].append(row)
                row += 1
        except grpc.RpcError:
            pass

    threads = [threading.Thread(target=writer, args=(index,), daemon=True) for index in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: all(len(rows) >= 50 for rows in acknowledged), SECONDS)
    gateway.kill()
    for thread in threads:
        thread.join(SECONDS)
    _, endpoint = serve_grpc()
    store = client(endpoint)
    for index, rows in enumerate(acknowledged):
        stored = list(store.query(pymarketstore.Params(f"W{index}", "1Min", "OHLCV")).first().df()["Open"])
        # One more may have been kept whose acknowledgement did not arrive.
        assert stored[: len(rows)] == rows and len(stored) <= len(rows) + 1


def test_large_messages_pass_up_to_the_limit(serve_grpc):
    _, endpoint = serve_grpc("--set", "marketstore.grpc_message_bytes=33554432")
    store = client(endpoint)
    store.write(bars(0, 1_000_000), "A/1Min/OHLCV")  # 20 MB
    frame = store.query(pymarketstore.Params("A", "1Min", "OHLCV")).first().df()
    assert len(frame) == 1_000_000 and frame["Volume"].sum() == 0.5 * 999_999 * 500_000
    # Again and again: a request that is refused uses up nothing of the connection.
    for _ in range(4):
        with pytest.raises(grpc.RpcError) as error:
            store.write(bars(0, 2_000_000), "A/1Min/OHLCV")
        assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "the limit is 33554432 (marketstore.grpc_message_bytes)" in error.value.details()
    assert len(store.query(pymarketstore.Params("A", "1Min", "OHLCV")).first().array) == 1_000_000


def test_it_listens_only_where_it_is_allowed_to(grpc_binary, serve_grpc, start, run, directory):
    gateway, _ = serve_grpc()
    assert gateway.stop() == 0
    listen = "marketstore.grpc_listen=0.0.0.0:0"
    refused = start_and_end(grpc_binary, directory, "--set", listen)
    assert "not a loopback address" in refused
    assert "HOST:PORT" in start_and_end(grpc_binary, directory, "--set", "marketstore.grpc_listen=nonsense")


def test_the_plain_program_says_that_it_has_no_grpc(run):
    result = run("serve", "--set", "marketstore.grpc_listen=127.0.0.1:5995", status=None)
    assert result.returncode != 0
    assert "tickgate-grpc" in result.stderr + result.stdout


def start_and_end(binary, directory, *arguments):
    """The log of a gateway that does not start."""
    gateway = Gateway(binary, directory / "other", *arguments)
    try:
        assert gateway.wait() != 0
        return gateway.log()
    finally:
        gateway.kill()
