"""Every room's tables in one list: for comparing models with migrations."""

from assent.actions import models as actions
from assent.cases import family_models as family
from assent.cases import models as cases
from assent.consents import channel_models
from assent.consents import draft_models as decision_drafts
from assent.consents import models as consents
from assent.consents import reading_models as readings
from assent.consents import standing_models as standing
from assent.contacts import models as contacts
from assent.diplomacy import models as diplomacy
from assent.erasure import models as erasure
from assent.evidence import models as evidence
from assent.ledger import store_models as ledger
from assent.people import models as people
from assent.people import passkey_models
from assent.proving import models as proving
from assent.publishing import copy_models as copies
from assent.publishing import launch_models as launches
from assent.publishing import models as publishing
from assent.sanctions import models as sanctions
from assent.tasks import models as tasks

TABLES = (
    actions, cases, channel_models, consents, contacts, copies, decision_drafts, diplomacy, erasure, evidence, family,
    launches, ledger, passkey_models, people, proving, publishing, readings, sanctions, standing, tasks,
)  # fmt: skip
