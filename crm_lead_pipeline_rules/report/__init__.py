from . import crm_stage_stay_report
