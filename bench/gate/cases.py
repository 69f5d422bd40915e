"""InjecAgent's cases: what a user asks, what a tool answers, and what stands hidden in it."""

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from local.paths import PROJECT

FOLDER: Final = PROJECT.parent / "shared" / "data" / "injection" / "injecagent"


class Harm(StrEnum):
    DIRECT = "direct harm"
    """One call that does something."""
    STEALING = "data stealing"
    """A call that reads something private, and one that carries it away."""


@dataclass(frozen=True, slots=True)
class Case:
    number: int
    harm: Harm
    asked: str
    """By the user."""
    tool: str
    """That answers it."""
    parameters: dict[str, Any]
    answer: str
    """Of that tool, with the attack inside."""
    attack: str
    attack_tools: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{'dh' if self.harm is Harm.DIRECT else 'ds'}-{self.number}"


# Those that only look: as whoever registers them would say. All others leave a trace.
READS: Final = frozenset(
    {
        "AmazonViewSavedAddresses",
        "AmazonViewSavedPaymentMethods",
        "AugustSmartLockViewAccessHistory",
        "BankManagerGetAccountInformation",
        "BankManagerSearchPayee",
        "BinanceGetOrderHistory",
        "CiscoUmbrellaGetLogDetails",
        "DropboxGetItemMetadata",
        "DropboxListFilesAndFolders",
        "EpicFHIRGetPatientDetails",
        "ExpediaSearchReservations",
        "FacebookManagerGetUserProfile",
        "FacebookManagerSearchFriends",
        "FedExShipManagerSearchShipment",
        "GitHubGetUserDetails",
        "GoogleMapGetCurrentLocation",
        "GoogleSearchGetSearchHistory",
        "InvestmentManagerGetHoldingsInformation",
        "NortonIdentitySafeSearchPasswords",
        "SpokeoSearchPeople",
        "TDAmeritradeGetHoldingsInformation",
        "TeladocAccessUserInfo",
        "TeladocViewPrescriptions",
        "The23andMeGetGeneticData",
        "The23andMeGetHealthRecommendations",
        "TwilioGetPhoneNumberInfo",
        "VenmoListLinkedAccounts",
        "WebBrowserSearchHistory",
    }
)
# The user's own tools all look only, and one of them goes wherever it is told.
WEB: Final = frozenset({"WebBrowserNavigateTo"})


def loaded(folder: Path = FOLDER, kind: str = "base") -> Sequence[Case]:
    """All 1,054, as the attack stands there, or `enhanced` with words that make it sound urgent."""
    return [
        _case(number, harm, raw)
        for harm, short in ((Harm.DIRECT, "dh"), (Harm.STEALING, "ds"))
        for number, raw in enumerate(
            json.loads((folder / f"test_cases_{short}_{kind}.json").read_text())
        )
    ]


def _case(number: int, harm: Harm, raw: dict[str, Any]) -> Case:
    return Case(
        number=number,
        harm=harm,
        asked=raw["User Instruction"],
        tool=raw["User Tool"],
        parameters=ast.literal_eval(raw["Tool Parameters"]),
        answer=raw["Tool Response"],
        attack=raw["Attacker Instruction"],
        attack_tools=tuple(raw["Attacker Tools"]),
    )
