@{
    RootModule             = "module/bin/$PSEdition/Eplb.PowerShell.dll"
    RequiredAssemblies     = @("module/bin/$PSEdition/Eplb.Core.dll")
    ModuleVersion          = '0.1.0'
    GUID                   = '5b0f1a52-7a0a-4a5c-9f59-3d5a5b0c9e41'
    Author                 = 'Eplb maintainers'
    CompanyName            = 'Eplb maintainers'
    Copyright              = '(c) Eplb maintainers. MIT licence.'
    Description            = 'Plans where the experts of a Mixture-of-Experts model live on a GPU cluster: reads the loads that inference servers record, replicates hot experts, packs them onto GPUs and says how good the plan is and how good it could be.'
    PowerShellVersion      = '5.1'
    CompatiblePSEditions   = @('Core', 'Desktop')
    DotNetFrameworkVersion = '4.7.2'
    FunctionsToExport      = @()
    CmdletsToExport        = @(
        'Import-ExpertLoad'
        'Merge-ExpertLoad'
        'Compare-ExpertLoad'
        'Get-EplbPlacement'
        'Measure-EplbBalance'
        'Compare-EplbPlacement'
        'Import-EplbPlacement'
        'Export-EplbPlacement'
        'Test-EplbPlacement'
        'Find-EplbReplicaCount'
        'Invoke-EplbBacktest'
        'Test-EplbRebalance'
        'Export-EplbReport'
        'ConvertTo-EplbMetric'
    )
    VariablesToExport      = @()
    AliasesToExport        = @()
    TypesToProcess         = @('module/Eplb.Types.ps1xml')
    FormatsToProcess       = @('module/Eplb.Format.ps1xml')
    PrivateData            = @{
        PSData = @{
            Tags         = @('MoE', 'MixtureOfExperts', 'ExpertParallelism', 'EPLB', 'LoadBalancing', 'GPU', 'Inference', 'DeepSeek', 'SGLang', 'vLLM', 'TensorRT-LLM', 'PSEdition_Core', 'PSEdition_Desktop', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/license/mit'
            ProjectUri   = 'https://www.powershellgallery.com/packages/Eplb'
            ReleaseNotes = 'See CHANGELOG.md in the package.'
        }
    }
}
