"""Which model answers: OpenAI, a small one on this machine, or the offline server."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from local import smollm2
from local.ports import HOST
from local.probe import healthy
from local.process import Program

ModelName = Literal["openai", "offline", "smollm2"]
SMALL = "smollm2-135m-instruct"
OPENAI_MODEL = "gpt-5-mini"  # unless HOLDFAST_MODEL__NAME says another
OPENAI_EMBEDDINGS = "text-embedding-3-large"
OFFLINE_EMBEDDINGS = "offline-embedding"
OPENAI = "https://api.openai.com/v1"


def usual() -> ModelName:
    """For who asks for none: OpenAI where there is a key for it, else the offline server."""
    return "openai" if os.environ.get("OPENAI_API_KEY") else "offline"


@dataclass(frozen=True)
class Provider:
    """What must run for the model to answer, and what the product must know about it."""

    name: ModelName
    base_url: str
    settings: Mapping[str, str]
    programs: Callable[[], tuple[Program, ...]]  # called once what they need is installed


def _offline_server(port: int, env: Mapping[str, str]) -> Program:
    return Program(
        name="model",
        argv=(sys.executable, "-m", "local.model", "--port", str(port), "--host", HOST),
        env=env,
        ready=partial(healthy, port),
    )


def _settings(provider: str, base_url: str, key: str, embeddings: str, name: str) -> dict[str, str]:
    return {
        "HOLDFAST_MODEL__PROVIDER": provider,
        "HOLDFAST_MODEL__BASE_URL": base_url,
        "HOLDFAST_MODEL__API_KEY": key,
        "HOLDFAST_MODEL__NAME": name,
        "HOLDFAST_EMBEDDING__NAME": (
            OPENAI_EMBEDDINGS if provider == "openai" else OFFLINE_EMBEDDINGS
        ),
        "HOLDFAST_EMBEDDING__BASE_URL": embeddings,
        "HOLDFAST_EMBEDDING__API_KEY": key,
    }


def _enhancement(base_url: str) -> dict[str, str]:
    """Questions are made to stand alone by the offline server: by extraction, in no time."""
    return {
        "HOLDFAST_ENHANCEMENT__PROVIDER": "offline",
        "HOLDFAST_ENHANCEMENT__BASE_URL": base_url,
        "HOLDFAST_ENHANCEMENT__API_KEY": "offline",
        "HOLDFAST_ENHANCEMENT__NAME": "offline-1",
    }


def _openai() -> Provider:
    base_url = os.environ.get("OPENAI_BASE_URL") or OPENAI
    key = os.environ["OPENAI_API_KEY"]
    name = os.environ.get("HOLDFAST_MODEL__NAME") or OPENAI_MODEL
    settings = _settings("openai", base_url, key, base_url, name)
    return Provider("openai", base_url, settings, lambda: ())


def _offline(port: int, env: Mapping[str, str]) -> Provider:
    base_url = f"http://{HOST}:{port}/v1"
    settings = _settings("offline", base_url, "offline", base_url, "offline-1")
    settings |= _enhancement(base_url)
    return Provider("offline", base_url, settings, lambda: (_offline_server(port, env),))


def _small(port: int, embedding_port: int, env: Mapping[str, str]) -> Provider:
    """Chat from llama.cpp, embeddings still from the offline server."""
    base_url = f"http://{HOST}:{port}/v1"
    embeddings = f"http://{HOST}:{embedding_port}/v1"
    settings = _settings("chat", base_url, "local", embeddings, SMALL) | _enhancement(embeddings)
    settings["HOLDFAST_MODEL__CONTEXT_TOKENS"] = str(smollm2.CONTEXT)
    settings["HOLDFAST_MODEL__OUTPUT_TOKENS"] = str(smollm2.CONTEXT // 8)
    return Provider(
        "smollm2",
        base_url,
        settings,
        lambda: (_llama_server(port, env), _offline_server(embedding_port, env)),
    )


def _llama_server(port: int, env: Mapping[str, str]) -> Program:
    argv = [str(smollm2.python()), "-m", "llama_cpp.server", "--model", str(smollm2.weights())]
    argv += ["--model_alias", SMALL, "--n_ctx", str(smollm2.CONTEXT)]
    argv += ["--host", HOST, "--port", str(port)]
    return Program(
        name="smollm2", argv=tuple(argv), env=env, ready=partial(healthy, port, "/v1/models")
    )


def chosen(name: ModelName, port: int, llama_port: int, env: Mapping[str, str]) -> Provider:
    """`port` is the offline server's; `env` is what servers get."""
    match name:
        case "openai":
            return _openai()
        case "smollm2":
            return _small(llama_port, port, env)
        case "offline":
            return _offline(port, env)
