from . import (
    artifact_gallery as artifact_gallery,
    background as background,
    bench as bench,
    callbacks as callbacks,
    cannulation as cannulation,
    compare as compare,
    controls as controls,
    dose_task as dose_task,
    environment_check as environment_check,
    figures as figures,
    findings_panel as findings_panel,
    image_view as image_view,
    nipple_drawing as nipple_drawing,
    overlays as overlays,
    palette as palette,
    physics_figures as physics_figures,
    quiz_card as quiz_card,
    raster as raster,
    reading_panel as reading_panel,
    reading_tabs as reading_tabs,
    scripts as scripts,
    subtraction as subtraction,
    wording as wording,
    xray_bench as xray_bench,
)
from .artifact_gallery import ArtifactGallery as ArtifactGallery
from .bench import Bench as Bench
from .cannulation import Cannulation as Cannulation
from .compare import Compare as Compare, linked as linked
from .dose_task import DoseTaskCard as DoseTaskCard
from .environment_check import EnvironmentCheck as EnvironmentCheck
from .findings_panel import FindingsPanel as FindingsPanel
from .image_view import ImageView as ImageView
from .quiz_card import Quiz as Quiz, QuizCard as QuizCard
from .reading_panel import ReadingPanel as ReadingPanel
from .subtraction import Subtraction as Subtraction
from .xray_bench import XrayBench as XrayBench
