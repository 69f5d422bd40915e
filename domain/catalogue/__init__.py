"""The agents that ship with Holdfast, and what any agent must be."""

from domain.catalogue.shipped import BY_NAME as BY_NAME
from domain.catalogue.shipped import DEFAULT as DEFAULT
from domain.catalogue.shipped import DIRECT as DIRECT
from domain.catalogue.shipped import GENERAL as GENERAL
from domain.catalogue.shipped import LEAST_PASSAGE_TOKENS as LEAST_PASSAGE_TOKENS
from domain.catalogue.shipped import ROUTER as ROUTER
from domain.catalogue.shipped import SHIPPED as SHIPPED
from domain.catalogue.shipped import Catalogue as Catalogue
from domain.catalogue.shipped import agent_unknown as agent_unknown
from domain.catalogue.shipped import within as within
