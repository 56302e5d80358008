from . import (
    artifact_gallery as artifact_gallery,
    atlas_figures as atlas_figures,
    background as background,
    bench as bench,
    callbacks as callbacks,
    cannulation as cannulation,
    citations as citations,
    compare as compare,
    consultation as consultation,
    controls as controls,
    decision_text as decision_text,
    discharge_clinic as discharge_clinic,
    dose_task as dose_task,
    duct_atlas as duct_atlas,
    environment_check as environment_check,
    figures as figures,
    findings_panel as findings_panel,
    image_view as image_view,
    nipple_drawing as nipple_drawing,
    overlays as overlays,
    palette as palette,
    physics_figures as physics_figures,
    pictograms as pictograms,
    quiz_card as quiz_card,
    raster as raster,
    reading_panel as reading_panel,
    reading_tabs as reading_tabs,
    risk_explorer as risk_explorer,
    scripts as scripts,
    subtraction as subtraction,
    triage_bench as triage_bench,
    wording as wording,
    xray_bench as xray_bench,
)
from .artifact_gallery import ArtifactGallery as ArtifactGallery
from .bench import Bench as Bench
from .cannulation import Cannulation as Cannulation
from .citations import cite as cite
from .compare import Compare as Compare, linked as linked
from .consultation import Consultation as Consultation
from .discharge_clinic import DischargeClinic as DischargeClinic
from .dose_task import DoseTaskCard as DoseTaskCard
from .duct_atlas import DuctAtlas as DuctAtlas
from .environment_check import EnvironmentCheck as EnvironmentCheck
from .findings_panel import FindingsPanel as FindingsPanel
from .image_view import ImageView as ImageView
from .quiz_card import Quiz as Quiz, QuizCard as QuizCard
from .reading_panel import ReadingPanel as ReadingPanel
from .risk_explorer import RiskExplorer as RiskExplorer
from .subtraction import Subtraction as Subtraction
from .triage_bench import TriageBench as TriageBench
from .xray_bench import XrayBench as XrayBench
