"""llama.cpp's own HTTP server, from the wheel that contains it compiled (xllamacpp, MIT).

Run as `python -m tests.support.generator.llama_cpp FILE NAME PORT SLOTS` in the engine's environment. SIGTERM
ends it.
"""

import signal
import sys
from importlib import import_module

CONTEXT = 1280
"""The tokens of each slot. A usual prompt and its answer fit, but not the longest topic in emoji."""


def main(file: str, name: str, port: int, slots: int) -> None:
    llama = import_module("xllamacpp")
    parameters = llama.CommonParams()
    parameters.model.path = file
    parameters.model_alias = {name}
    parameters.port = port
    parameters.n_parallel = slots
    parameters.n_ctx = CONTEXT * slots
    parameters.endpoint_slots = True
    # Its threads wait for each other without sleeping. On busy cores, two threads are far slower than one.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    server = llama.Server(parameters)
    sys.stdout.write(f"listening on {server.listening_address}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    # The signals are blocked before the server starts its threads, which inherit the mask. Otherwise one of
    # them would end the process.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
