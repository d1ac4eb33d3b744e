"""`tickgate connect`: at a terminal, and as a script."""

import csv
import signal
import stat
import subprocess
import threading
import time

import pytest

from support.process import clean_environment, wait_until
from support.shell import PROMPT, Shell

SYMBOL = "BTC-USDT.BINANCE"
#: A cross join that no computer finishes while a test waits.
ENDLESS = "SELECT count() FROM trades a CROSS JOIN trades b CROSS JOIN trades c WHERE a.price + b.price > c.price"


@pytest.fixture
def shell(binary, session, directory):
    """Opens shells on the shared gateway, whose home is the test's directory."""
    opened = []

    def open_shell(*arguments, url=None, **options):
        opened.append(Shell(binary, url or session.gateway.url, directory, *arguments, **options))
        return opened[-1]

    yield open_shell
    for each in opened:
        each.kill()


@pytest.fixture
def script(binary, session, directory):
    """Runs a script; gives status, standard output and standard error."""

    def run_script(text, *arguments, url=None, environment=None):
        result = subprocess.run(
            [binary, "connect", url or session.gateway.url, *map(str, arguments)],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=directory,
            env=clean_environment({"HOME": str(directory), **(environment or {})}),
        )
        return result.returncode, result.stdout, result.stderr

    return run_script


# At a terminal


def test_a_statement_of_several_lines_is_answered_by_a_table(shell):
    prompt = shell()
    prompt.type("SELECT symbol, count() AS n\r")
    prompt.expect("       -> ")
    lines = prompt.run("FROM trades WHERE price > 0;")
    assert [line.strip() for line in lines] == [
        "symbol           │     n",
        "──────────────────┼───────",
        f"{SYMBOL} │ 19904",
        "(1 row)",
    ]
    assert prompt.end() == 0


def test_an_error_shows_its_place(shell):
    prompt = shell()
    assert prompt.run("SELECT prize FROM trades;") == [
        "SELECT prize FROM trades",
        "       ^^^^^ unknown column 'prize'; did you mean 'price'?",
    ]
    assert prompt.run("SELECT 1 AS one;")[2].strip() == "1"


def test_tab_completes(shell):
    prompt = shell()
    prompt.type("SHO\t")
    prompt.expect("SHOW ")
    prompt.type("TAB\t")
    prompt.expect("SHOW TABLES ")
    prompt.type(";\r")
    assert "trades" in prompt.expect_prompt()
    prompt.type("SELECT cou\t\t")
    menu = prompt.expect("count_distinct(")
    assert "count(" in menu
    prompt.expect(PROMPT + "SELECT count")
    prompt.type("() FROM trades WHERE rec\t")
    prompt.expect("WHERE receive_time ")
    prompt.type("IS NULL AND symbol = 'btc\t")
    prompt.expect(f"'{SYMBOL}' ")
    prompt.interrupt()
    prompt.expect_prompt()
    prompt.type("\\hel\t")
    prompt.expect("\\help ")
    prompt.type("tim\t")
    prompt.expect("\\help \\timing ")


def test_tab_completes_files(shell, directory):
    (directory / "some bars.csv").touch()
    (directory / "other").mkdir()
    (directory / "other" / "x.csv").touch()
    prompt = shell()
    prompt.type("\\o so\t")
    prompt.expect("\\o 'some bars.csv' ")
    prompt.interrupt()
    prompt.expect_prompt()
    prompt.type("\\o oth\t\t")
    prompt.expect("\\o other/x.csv ")


def test_history_outlives_the_session_and_keeps_each_text_once(shell, directory):
    first = shell()
    for text in ["SELECT 1;", "SELECT 2;", "SELECT 1;", " SELECT 'secret';"]:
        first.run(text)
    first.type("SELECT\r")
    first.run("3;")
    assert first.end() == 0
    file = directory / ".tickgate_history"
    assert file.read_text().splitlines() == ["SELECT 2;", "SELECT 1;", "SELECT\\n3;"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = shell()
    second.type("\x1b[A")
    second.expect("       -> 3;")
    second.type("\x10")
    second.expect("SELECT 1;")
    second.type("\x12")
    second.expect("(search) '': ")
    second.type("t 2")
    second.expect("(search) 't 2': SELECT 2;")
    second.type("\r")
    assert "2" in second.expect_prompt()


def test_no_history_is_kept_if_so_wished(shell, directory):
    prompt = shell(environment={"TICKGATE_HISTORY": ""})
    prompt.run("SELECT 1;")
    assert prompt.end() == 0
    assert not (directory / ".tickgate_history").exists()


def test_control_c_stops_a_query_on_the_gateway(shell, session):
    prompt = shell()
    prompt.type(ENDLESS + ";\r")

    def endless():
        return [query for query in session.gateway.http.get("/v1/queries").json()["queries"] if "CROSS" in query["query"]]

    wait_until(endless, 20)
    assert endless()[0]["id"].startswith("shell-")
    prompt.interrupt()
    prompt.expect("stopped")
    prompt.expect_prompt()
    assert not endless()
    prompt.type("SELECT nothing")
    prompt.interrupt()
    prompt.expect("^C")
    prompt.expect_prompt()
    assert prompt.run("SELECT 7 AS seven;")[2].strip() == "7"


def test_long_answers_stop_and_say_how_to_see_the_rest(shell):
    prompt = shell()
    lines = prompt.run("SELECT id FROM trades;")
    assert lines[-1].startswith("(the first 500 rows; there are more: \\rows all")
    assert len(lines) == 500 + 3
    assert prompt.run("\\rows 3") == ["at most 3 rows of an answer are drawn"]
    assert len(prompt.run("SELECT id FROM trades;")) == 3 + 3
    assert prompt.run("SELECT id FROM trades LIMIT 3;")[-1] == "(3 rows)"


def test_narrow_terminals_and_expanded_rows(shell):
    prompt = shell(columns=50)
    lines = prompt.run("SELECT * FROM trades LIMIT 1;")
    assert lines[0].endswith("…") and all(len(line) <= 50 for line in lines[:3])
    assert "\\x shows every one" in lines[-1]
    assert prompt.run("\\x") == ["each value has a line of its own"]
    lines = prompt.run("SELECT * FROM trades LIMIT 1;")
    assert [line.split("│")[0].strip() for line in lines[1:-1]] == [
        "time", "symbol", "seq", "receive_time", "id", "side", "price", "size",
    ]


def test_commands_say_what_is_wrong(shell):
    prompt = shell()
    assert prompt.run("\\shwo x") == ["there is no command \\shwo; did you mean \\show?"]
    assert prompt.run("\\timing maybe") == ["'maybe' must be on or off, or be left out to change between them"]
    assert prompt.run("\\timing") == ["times are told"]
    assert "ms on the gateway" in prompt.run("SELECT 1;")[-1]
    assert "\\watch [seconds] STATEMENT" in "\n".join(prompt.run("\\help"))
    assert prompt.run("\\cancel nobody") == ["no active query is called 'nobody'; \\queries shows those that are"]
    prompt.type("exit\r")
    assert prompt.wait() == 0


def test_watch_repeats_until_control_c(shell):
    prompt = shell()
    prompt.type("\\watch 0.1 SELECT 5 AS five;\r")
    for _ in range(3):
        prompt.expect("five")
        prompt.expect("(1 row)")
    prompt.interrupt()
    prompt.expect_prompt()


def test_watch_says_why_it_repeats(shell):
    prompt = shell()
    prompt.type("\\watch SELECT 5 AS five;\r")
    prompt.expect("every 2.0 s: it cannot be followed (a query without a table cannot be live; nothing in it changes)")
    prompt.expect("(1 row)")
    prompt.interrupt()
    prompt.expect_prompt()
    lines = prompt.run("\\watch SELECT prize FROM trades;")
    assert lines[-2:] == [
        "SELECT prize FROM trades",
        "       ^^^^^ unknown column 'prize'; did you mean 'price'?",
    ]


def test_watch_follows_a_query_that_can_be_live(shell, script, serve):
    gateway = serve()

    def write(text):
        assert script(text, url=gateway.url)[0] == 0

    write("CREATE TABLE fills (time timestamp, symbol symbol, price float64);")
    write("INSERT INTO fills VALUES ('2024-01-02T10:00:00Z', 'A', 1.5);")
    prompt = shell(url=gateway.url)
    prompt.type("\\watch SELECT time, symbol, price FROM fills;\r")
    prompt.expect("followed until Ctrl-C: rows come as they are written")
    prompt.expect("2024-01-02T10:00:00Z │ A      │   1.5")
    write("INSERT INTO fills VALUES ('2024-01-02T10:00:01.000001Z', 'B', 2.25);")
    prompt.expect("2024-01-02T10:00:01.000001Z │ B      │  2.25")
    prompt.interrupt()
    prompt.expect_prompt()
    prompt.type("\\watch SELECT symbol, sum(price) AS total FROM fills GROUP BY symbol;\r")
    prompt.expect("followed until Ctrl-C: a row stands for the one before it of the same symbol")
    prompt.expect("B      │  2.25")
    write("INSERT INTO fills VALUES ('2024-01-02T10:00:02Z', 'B', 1);")
    prompt.expect("B      │  3.25")
    prompt.interrupt()
    prompt.expect_prompt()
    assert prompt.run("SELECT count() AS n FROM fills;")[2].strip() == "3"


def test_pasted_lines_are_not_run_until_enter(shell):
    prompt = shell()
    prompt.type("\x1b[200~SELECT 1 AS one;\rSELECT 2 AS two;\x1b[201~")
    prompt.expect("       -> SELECT 2 AS two;")
    prompt.type("\r")
    answer = prompt.expect_prompt()
    assert "one" in answer and answer.count("(1 row)") == 2


def test_wide_characters_are_typed_and_shown(shell):
    prompt = shell()
    lines = prompt.run("SELECT '東京🚀' AS place, 1 AS n UNION ALL SELECT 'Rome', 22;")
    assert lines[2:4] == [" 東京🚀 │  1", " Rome   │ 22"]


# As a script


def test_a_script_reads_statements_from_standard_input(script):
    status, output, errors = script("-- a comment;\nSELECT 1 AS one;\r\nSELECT\n 2 AS two;\n\\timing\nSELECT 'a;b' AS three")
    assert (status, errors) == (0, "")
    assert [line.strip() for line in output.splitlines() if not line.startswith("─")] == [
        "one", "1", "(1 row)", "two", "2", "(1 row)", "three", "a;b", output.splitlines()[-1],
    ]
    assert "ms on the gateway" in output.splitlines()[-1]


def test_a_script_stops_at_its_first_error(script):
    text = "SELECT 1 AS one;\n\nSELECT prize\nFROM trades;\nSELECT 2 AS two;\n"
    status, output, errors = script(text)
    assert status == 1
    assert "one" in output and "two" not in output
    assert errors.splitlines() == [
        "standard input, line 3:",
        "line 1, column 8:",
        "SELECT prize",
        "       ^^^^^ unknown column 'prize'; did you mean 'price'?",
    ]
    status, output, errors = script(text, "--keep-going")
    assert status == 1 and "two" in output and "prize" in errors


def test_a_script_ends_where_it_says(script):
    assert script("SELECT 1 AS one;\n\\q\nSELECT prize FROM trades;\n")[0] == 0


def test_statements_of_the_command_line_and_of_a_file(script, directory):
    status, output, _ = script("", "-c", "SELECT 1 AS one; SELECT 2 AS two", "-c", "\\x", "-c", "SELECT 3 AS three")
    assert status == 0
    assert "one" in output and "two" in output and " three │ 3" in output
    (directory / "script.tql").write_text("SELECT 4 AS four;\n\\nonsense\n")
    status, output, errors = script("", "--file", "script.tql")
    assert status == 1 and "four" in output
    assert errors.splitlines() == ["script.tql, line 2:", "there is no command \\nonsense; \\help lists the commands"]
    status, _, errors = script("", "--file", "absent.tql")
    assert status == 1 and "absent.tql: cannot be read" in errors


def test_rows_as_csv(script):
    status, output, _ = script("SELECT id, side FROM trades LIMIT 3;", "--format", "csv")
    rows = list(csv.reader(output.splitlines()))
    assert status == 0 and rows[0] == ["id", "side"] and len(rows) == 4


def test_o_writes_whole_answers_to_a_file(script, directory):
    text = "\\o 'out put.csv'\nSELECT id FROM trades;\nSELECT 1 / 0 AS x;\nSELECT prize FROM trades;\n\\o\nSELECT 2 AS two;\n"
    status, output, _ = script(text, "--keep-going")
    assert status == 1
    lines = (directory / "out put.csv").read_text().splitlines()
    assert len(lines) == 19_904 + 1 + 2 and lines[0] == "id" and lines[-2] == "x"
    assert "19904 rows to out put.csv" in output and "two" in output
    assert script("\\o /nowhere/file.csv\n")[0] == 1


def test_a_table_cut_short_by_its_reader_is_no_error_message(binary, session, directory):
    command = f"'{binary}' connect {session.gateway.url} -c 'SELECT * FROM trades' | head -3"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, cwd=directory)
    assert len(result.stdout.splitlines()) == 3 and result.stderr == ""


def test_a_gateway_that_is_not_there_has_a_status_of_its_own(script):
    status, _, errors = script("SELECT 1;", url="http://127.0.0.1:9")
    assert status == 2
    assert errors == "cannot connect to 127.0.0.1:9: nobody listens there; `tickgate serve` starts a gateway\n"
    status, _, errors = script("SELECT 1;", url="ftp://127.0.0.1")
    assert status == 1 and "the scheme must be http" in errors


def test_control_c_ends_a_script_and_its_query(binary, session, directory):
    child = subprocess.Popen(
        [binary, "connect", session.gateway.url, "-c", ENDLESS],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=clean_environment({"HOME": str(directory)}),
    )

    def endless():
        return [query for query in session.gateway.http.get("/v1/queries").json()["queries"] if "CROSS" in query["query"]]

    wait_until(endless, 20)
    child.send_signal(signal.SIGINT)
    assert child.wait(20) == 130
    wait_until(lambda: not endless(), 5)


def test_what_destroys_needs_the_token(script, serve):
    gateway = serve()
    token = gateway.admin["Authorization"].removeprefix("Bearer ")
    script("CREATE TABLE t (time timestamp, x float64);", url=gateway.url)
    assert script("INSERT INTO t VALUES (0, 1), (1, 2);", url=gateway.url)[1] == "2 rows written\n"
    status, _, errors = script("DROP TABLE t;", url=gateway.url)
    assert status == 1 and "--token" in errors
    assert script("DROP TABLE t;", "--token", "wrong", url=gateway.url)[0] == 1
    status, output, _ = script("DROP TABLE t;", url=gateway.url, environment={"TICKGATE_ADMIN_TOKEN": token})
    assert (status, output) == (0, "dropped\n")


def test_rows_are_drawn_while_more_come(binary, session, directory):
    """The first rows of a slow answer are there long before it ends."""
    child = subprocess.Popen(
        [binary, "connect", session.gateway.url, "-c", "SELECT a.id FROM trades a CROSS JOIN trades b"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=clean_environment({"HOME": str(directory)}),
    )
    timer = threading.Timer(30, child.kill)
    timer.start()
    began = time.monotonic()
    lines = [child.stdout.readline() for _ in range(2_000)]
    assert all(lines) and time.monotonic() - began < 25
    child.stdout.close()
    assert child.wait(20) == 141
    timer.cancel()
