from . import (
    accuracy_table as accuracy_table,
    alternatives_panel as alternatives_panel,
    artifact_gallery as artifact_gallery,
    atlas_figures as atlas_figures,
    background as background,
    bench as bench,
    callbacks as callbacks,
    cannulation as cannulation,
    chart as chart,
    citations as citations,
    compare as compare,
    comparison_table as comparison_table,
    consultation as consultation,
    controls as controls,
    cytology_panel as cytology_panel,
    decision_text as decision_text,
    discharge_clinic as discharge_clinic,
    dose_task as dose_task,
    duct_atlas as duct_atlas,
    ductoscopy_panel as ductoscopy_panel,
    early_press as early_press,
    enhancement_figure as enhancement_figure,
    environment_check as environment_check,
    evidence_figures as evidence_figures,
    evidence_table as evidence_table,
    figures as figures,
    filter_comparison as filter_comparison,
    findings_gallery as findings_gallery,
    findings_panel as findings_panel,
    image_view as image_view,
    keepsake as keepsake,
    machine_controls as machine_controls,
    modality_wall as modality_wall,
    next_test as next_test,
    nipple_drawing as nipple_drawing,
    overlays as overlays,
    palette as palette,
    physics_figures as physics_figures,
    pictograms as pictograms,
    predictive_value as predictive_value,
    progress_bar as progress_bar,
    quiz_card as quiz_card,
    raster as raster,
    reader_failures as reader_failures,
    reading_exercise as reading_exercise,
    reading_panel as reading_panel,
    reading_tabs as reading_tabs,
    report_builder as report_builder,
    risk_explorer as risk_explorer,
    scope_view as scope_view,
    scripts as scripts,
    subtraction as subtraction,
    triage_bench as triage_bench,
    visibility_figure as visibility_figure,
    wall_tiles as wall_tiles,
    wording as wording,
    xray_bench as xray_bench,
)
from .accuracy_table import AccuracyTable as AccuracyTable
from .alternatives_panel import AlternativesPanel as AlternativesPanel
from .artifact_gallery import ArtifactGallery as ArtifactGallery
from .bench import Bench as Bench
from .cannulation import Cannulation as Cannulation
from .citations import cite as cite
from .compare import Compare as Compare, linked as linked
from .consultation import Consultation as Consultation
from .cytology_panel import CytologyPanel as CytologyPanel
from .discharge_clinic import DischargeClinic as DischargeClinic
from .dose_task import DoseTaskCard as DoseTaskCard
from .duct_atlas import DuctAtlas as DuctAtlas
from .ductoscopy_panel import DuctoscopyPanel as DuctoscopyPanel
from .environment_check import EnvironmentCheck as EnvironmentCheck
from .evidence_table import EvidenceTable as EvidenceTable
from .filter_comparison import FilterComparison as FilterComparison
from .findings_gallery import FindingsGallery as FindingsGallery
from .findings_panel import FindingsPanel as FindingsPanel
from .image_view import ImageView as ImageView
from .modality_wall import ModalityWall as ModalityWall
from .next_test import NextTest as NextTest
from .predictive_value import PredictiveValue as PredictiveValue
from .quiz_card import Quiz as Quiz, QuizCard as QuizCard
from .reader_failures import ReaderFailures as ReaderFailures
from .reading_exercise import ReadingExercise as ReadingExercise
from .reading_panel import ReadingPanel as ReadingPanel
from .report_builder import ReportBuilder as ReportBuilder
from .risk_explorer import RiskExplorer as RiskExplorer
from .subtraction import Subtraction as Subtraction
from .triage_bench import TriageBench as TriageBench
from .visibility_figure import VisibilityFigure as VisibilityFigure
from .xray_bench import XrayBench as XrayBench
