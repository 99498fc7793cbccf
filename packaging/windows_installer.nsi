; The installer for Windows: for one person, without administrator rights. Compiled by windows_installer.py.
;
;   /S            without a word: what runs is ended, running jobs are put back into the queue
;   /D=FOLDER     where to, as the last word and without quotes
;
; Exit codes: 0 done, 1 called off by the person, 2 refused, and nothing was changed: what runs could not be ended.
; An uninstaller goes on as a copy of itself, for the file of what runs can't be removed, and its first process ends at
; once, always with 0. With _?=FOLDER, as the last word and without quotes, it stays where it is and tells its exit code.
;
; What this can't do itself the installed program does, see app/setup_windows.py. The queue's own folder is never touched.

Target ${TARGET}
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true
XPStyle on

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include "${FILES}"

!define PRODUCT "QueueCTL"
!define PROGRAM "queuectl-desktop.exe"
!define UNINSTALLER "uninstall.exe"
!define LINK "$SMPROGRAMS\${PRODUCT}.lnk"
!define CLASSES "Software\Classes"
!define FILE_TYPE "QueueCTL.JobFile"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${PRODUCT}"

; What the program answers with --setup.
!define IDLE 0
!define RUNS 10
!define JOBS_RUN 11
!define WINDOW_ENDED 12

!define REFUSED 2

Name "${PRODUCT}"
OutFile "${OUTPUT}"
BrandingText "${PRODUCT} ${VERSION}"
InstallDir "$LOCALAPPDATA\Programs\${PRODUCT}"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"

VIProductVersion "${VERSION_NUMBERS}"
VIAddVersionKey "ProductName" "${PRODUCT}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${PRODUCT} installer"
VIAddVersionKey "CompanyName" "QueueCTL contributors"
VIAddVersionKey "LegalCopyright" "MIT licence"

Var Before        ; folder of the version that is installed already; empty where none is
Var WindowWas     ; whether its window was ended

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_ABORTWARNING
!define MUI_DIRECTORYPAGE_TEXT_TOP "${PRODUCT} ${VERSION} will be installed for you alone, without administrator rights. Your queue is not kept here, but in the folder .queuectl of your home folder."
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE AskBeforeInstalling
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "${PRODUCT} is installed"
!define MUI_FINISHPAGE_TEXT "It is in the Start menu, and opens job files (.qjob).$\r$\n$\r$\nThe command line is queuectl.exe in $INSTDIR"
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!define MUI_FINISHPAGE_RUN_TEXT "Start ${PRODUCT}"
!insertmacro MUI_PAGE_FINISH

!define MUI_UNCONFIRMPAGE_TEXT_TOP "${PRODUCT} will be removed from your computer. Your queue, in the folder .queuectl of your home folder, stays: delete that yourself if you want to be rid of it."
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE un.AskBeforeRemoving
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES

!insertmacro MUI_LANGUAGE "English"

; Put a question to the program in a folder: $R0 gets its exit code, "error" where it can't be started, and $R1 a sentence.
!macro AskProgram FOLDER VERB
  StrCpy $R0 ${IDLE}
  StrCpy $R1 ""
  ${If} ${FileExists} "${FOLDER}\${PROGRAM}"
    InitPluginsDir
    Delete "$PLUGINSDIR\said.txt"
    ClearErrors
    ExecWait '"${FOLDER}\${PROGRAM}" --setup ${VERB} "$PLUGINSDIR\said.txt"' $R0
    ${If} ${Errors}
      StrCpy $R0 "error"
    ${EndIf}
    ClearErrors
    FileOpen $R2 "$PLUGINSDIR\said.txt" r
    ${IfNot} ${Errors}
      FileReadUTF16LE $R2 $R1
      FileClose $R2
    ${EndIf}
    ClearErrors
  ${EndIf}
!macroend

; End what runs from a folder. Whoever is asked may try again; without a person it is refused.
!macro EndProgram FOLDER
  ${Do}
    DetailPrint "Ending what runs of ${PRODUCT} …"
    !insertmacro AskProgram "${FOLDER}" end
    ${If} $R0 == ${WINDOW_ENDED}
      StrCpy $WindowWas yes
    ${EndIf}
    ${If} $R0 == ${IDLE}
    ${OrIf} $R0 == ${WINDOW_ENDED}
      ${ExitDo}
    ${EndIf}
    ${If} $R1 == ""
      ; The program itself is broken: whether it runs is seen by its files.
      ClearErrors
      ${If} ${FileExists} "${FOLDER}\${PROGRAM}"
        FileOpen $R2 "${FOLDER}\${PROGRAM}" a
        FileClose $R2
      ${EndIf}
      ${IfNot} ${Errors}
        ${ExitDo}
      ${EndIf}
      StrCpy $R1 "${PRODUCT} is still running. End it, then try again."
    ${EndIf}
    ${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$R1" /SD IDCANCEL IDCANCEL`
      SetErrorLevel ${REFUSED}
      Abort "$R1"
    ${EndIf}
  ${Loop}
!macroend

Function .onInit
  ReadRegStr $Before HKCU "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $Before != ""
  ${AndIfNot} ${FileExists} "$Before\${UNINSTALLER}"
    StrCpy $Before "" ; somebody has deleted it by hand
  ${EndIf}
FunctionEnd

Function AskBeforeInstalling
  ${If} $Before == ""
    Return
  ${EndIf}
  !insertmacro AskProgram $Before ask
  ${If} $R0 == ${RUNS}
  ${OrIf} $R0 == ${JOBS_RUN}
    MessageBox MB_OKCANCEL|MB_ICONQUESTION "$R1$\r$\n$\r$\nInstall ${VERSION} now?" IDOK go_on
    Abort
    go_on:
  ${EndIf}
FunctionEnd

Section
  ${If} $Before != ""
    !insertmacro EndProgram $Before
    DetailPrint "Removing the earlier version …"
    ExecWait '"$Before\${UNINSTALLER}" /S /UPGRADE _?=$Before' $R0
    ${If} $R0 != 0
      ${If} $WindowWas == yes
        Exec '"$Before\${PROGRAM}" --tray' ; what has begun meanwhile refuses it, and the window was ended in vain
      ${EndIf}
      SetErrorLevel ${REFUSED}
      Abort "The earlier version could not be removed."
    ${EndIf}
    Delete "$Before\${UNINSTALLER}"
    RMDir "$Before"
  ${EndIf}

  !insertmacro InstallFiles
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\${UNINSTALLER}"

  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${PRODUCT}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "QueueCTL contributors"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\${UNINSTALLER}"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\${UNINSTALLER}" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${KILOBYTES}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1

  WriteRegStr HKCU "${CLASSES}\${FILE_TYPE}" "" "${PRODUCT} jobs"
  WriteRegStr HKCU "${CLASSES}\${FILE_TYPE}\DefaultIcon" "" "$INSTDIR\${PROGRAM},0"
  WriteRegStr HKCU "${CLASSES}\${FILE_TYPE}\shell\open\command" "" '"$INSTDIR\${PROGRAM}" "%1"'
  WriteRegStr HKCU "${CLASSES}\.qjob" "" "${FILE_TYPE}"
  WriteRegStr HKCU "${CLASSES}\.qjob\OpenWithProgids" "${FILE_TYPE}" ""

  ExecWait '"$INSTDIR\${PROGRAM}" --setup link "${LINK}"' $R0
  ${If} $R0 != ${IDLE}
    CreateShortcut "${LINK}" "$INSTDIR\${PROGRAM}" ; without its identity, but it starts the program
  ${EndIf}
  ${If} ${Silent}
  ${AndIf} $WindowWas == yes
    Exec '"$INSTDIR\${PROGRAM}" --tray'
  ${EndIf}
SectionEnd

Function un.AskBeforeRemoving
  !insertmacro AskProgram $INSTDIR ask
  ${If} $R0 == ${RUNS}
  ${OrIf} $R0 == ${JOBS_RUN}
    MessageBox MB_YESNO|MB_DEFBUTTON2|MB_ICONQUESTION "$R1$\r$\n$\r$\nRemove ${PRODUCT} now?" IDYES go_on
    Abort
    go_on:
  ${EndIf}
FunctionEnd

Section Uninstall
  !insertmacro EndProgram $INSTDIR
  ${GetParameters} $R3
  ClearErrors
  ${GetOptions} $R3 "/UPGRADE" $R4
  ${If} ${Errors} ; it goes for good: by an upgrade what a person has pinned, and the start at log-in, would be lost
    ReadRegStr $R5 HKCU "${CLASSES}\.qjob" ""
    ${If} $R5 == "${FILE_TYPE}"
      DeleteRegValue HKCU "${CLASSES}\.qjob" ""
    ${EndIf}
    DeleteRegValue HKCU "${CLASSES}\.qjob\OpenWithProgids" "${FILE_TYPE}"
    DeleteRegKey /ifempty HKCU "${CLASSES}\.qjob\OpenWithProgids"
    DeleteRegKey /ifempty HKCU "${CLASSES}\.qjob"
    DeleteRegKey HKCU "${CLASSES}\${FILE_TYPE}"
    ExecWait '"$INSTDIR\${PROGRAM}" --setup forget "$INSTDIR"'
    Delete "${LINK}"
    DeleteRegKey HKCU "${UNINSTALL_KEY}"
  ${EndIf}
  SetOutPath "$TEMP" ; a folder that somebody stands in can't be removed
  !insertmacro RemoveFiles
  Delete "$INSTDIR\${UNINSTALLER}"
  RMDir "$INSTDIR"
SectionEnd
