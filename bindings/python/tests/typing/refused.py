"""What the type checkers must refuse: each line is an error that mypy has to report."""

from cardwire import BatchInput, Client
from cardwire.testing import ScriptedClient

client = Client({"vendors": []})
client.verify(6222020000000000000, "张三")  # type: ignore[arg-type]
client.recognize(7)  # type: ignore[arg-type]
for item in client.recognize_many([b""]):
    item.result.card_number  # type: ignore[union-attr]
client.recognize(b"", timeout="1")  # type: ignore[arg-type]
client.recognize(b"").card_number = "x"  # type: ignore[misc]
Client(7)  # type: ignore[arg-type]
BatchInput(b"", "row 1")  # type: ignore[call-arg]
client.recognize(b"", skip_answered="yes")  # type: ignore[arg-type]
client.recognize_many([BatchInput(7, reference="row 1")])  # type: ignore[arg-type]
client.verify_many([BatchInput("card.jpg", reference="row 1")])  # type: ignore[arg-type]
ScriptedClient(["match"])  # type: ignore[list-item]
